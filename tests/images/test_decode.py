"""Every common format comes out as the same upright RGB; every bad file with a reason."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from partonomy.errors import PictureError
from partonomy.images import decode

EXIF_ORIENTATION = 0x0112


def smooth(height: int = 40, width: int = 60) -> NDArray[np.uint8]:
    """A picture that survives lossy coding: ramps down, across, and along the diagonal."""
    rows, columns = np.mgrid[:height, :width]
    ramps = (rows / height, columns / width, (rows + columns) / (height + width))
    return np.stack([np.uint8(20 + 200 * ramp) for ramp in ramps], axis=2)


def encoded(image: Image.Image, format_: str, **options: Any) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format_, **options)
    return stream.getvalue()


def difference(one: NDArray[np.generic], other: NDArray[np.generic]) -> int:
    assert one.shape == other.shape
    return int(abs(one.astype(int) - other.astype(int)).max())


def png(width: int, height: int, depth: int, colour_type: int, rows: bytes) -> bytes:
    """A PNG file put together by hand."""

    def block(kind: bytes, content: bytes) -> bytes:
        check = zlib.crc32(kind + content)
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)

    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    data = block(b"IHDR", header) + block(b"IDAT", zlib.compress(rows)) + block(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


@pytest.mark.parametrize(
    ("format_", "options", "tolerance"),
    [
        ("PNG", {}, 0),
        ("BMP", {}, 0),
        ("TIFF", {}, 0),
        ("TIFF", {"compression": "tiff_lzw"}, 0),
        ("WEBP", {"lossless": True}, 0),
        ("WEBP", {"quality": 95}, 12),
        ("JPEG", {"quality": 95}, 8),
        ("JPEG", {"quality": 95, "progressive": True}, 8),
    ],
)
def test_colour_formats(format_: str, options: dict[str, Any], tolerance: int) -> None:
    picture = smooth()
    pixels = decode(encoded(Image.fromarray(picture), format_, **options))
    assert pixels.rgb.dtype == np.uint8
    assert pixels.size == (40, 60)
    assert difference(pixels.rgb, picture) <= tolerance


@pytest.mark.parametrize("format_", ["PNG", "BMP", "TIFF", "JPEG"])
def test_greyscale_has_three_equal_channels(format_: str) -> None:
    grey = smooth()[..., 0]
    rgb = decode(encoded(Image.fromarray(grey), format_)).rgb
    assert difference(rgb, np.stack([grey] * 3, axis=2)) <= 4
    assert (rgb[..., 0] == rgb[..., 2]).all()


def test_black_and_white() -> None:
    bits = smooth()[..., 1] > 120
    rgb = decode(encoded(Image.fromarray(bits), "PNG")).rgb
    np.testing.assert_array_equal(rgb, np.repeat(bits[..., None] * np.uint8(255), 3, axis=2))


@pytest.mark.parametrize("format_", ["PNG", "TIFF"])
def test_16_bit_grey_is_scaled_to_8(format_: str) -> None:
    grey = smooth()[..., 1].astype(np.uint16) * 257
    rgb = decode(encoded(Image.fromarray(grey), format_)).rgb
    np.testing.assert_array_equal(rgb, np.repeat(smooth()[..., 1][..., None], 3, axis=2))


def test_dark_16_bit_grey_stays_dark() -> None:
    dark = np.full((8, 8), 2570, np.uint16)  # a picture is not stretched to its own range
    assert (decode(encoded(Image.fromarray(dark), "PNG")).rgb == 10).all()


def test_16_bit_rgb_png() -> None:
    picture = smooth().astype(np.uint16) * 257
    rows = b"".join(b"\x00" + row.astype(">u2").tobytes() for row in picture)
    assert difference(decode(png(60, 40, 16, 2, rows)).rgb, smooth()) <= 1


def test_16_bit_rgb_tiff() -> None:
    picture = smooth().astype(np.uint16) * 257
    written, data = cv2.imencode(".tiff", picture[..., ::-1])
    assert written
    assert difference(decode(data.tobytes()).rgb, smooth()) <= 1


@pytest.mark.parametrize("largest", [1.0, 255.0])
def test_float_tiff_in_either_range(largest: float) -> None:
    values = np.linspace(0, largest, 40 * 60, dtype=np.float32).reshape(40, 60)
    rgb = decode(encoded(Image.fromarray(values), "TIFF")).rgb
    assert difference(rgb[..., 0], np.rint(values / largest * 255)) == 0


def test_float_tiff_with_holes() -> None:
    values = np.full((4, 6), 0.5, np.float32)
    values[0, :3] = (np.nan, np.inf, -np.inf)
    rgb = decode(encoded(Image.fromarray(values), "TIFF")).rgb
    assert (rgb[0, :3] == 0).all()
    assert (rgb[1:] == 128).all()  # infinity does not make the rest dark


def test_32_bit_integer_tiff() -> None:
    values = np.array([[0, 2570, 65535, 100_000, -5]], np.int32)
    rgb = decode(encoded(Image.fromarray(values), "TIFF")).rgb
    assert rgb[0, :, 0].tolist() == [0, 10, 255, 255, 0]


def test_cmyk_jpeg_keeps_its_colours() -> None:
    cmyk = Image.new("CMYK", (32, 16), (0, 255, 255, 0))  # red
    red = decode(encoded(cmyk, "JPEG", quality=95)).rgb[8, 16].astype(int)
    assert red[0] > 240
    assert (red[1:] < 20).all()


def test_palette() -> None:
    palette = Image.fromarray(smooth()).quantize(200)
    rgb = decode(encoded(palette, "PNG")).rgb
    np.testing.assert_array_equal(rgb, np.asarray(palette.convert("RGB")))


def test_palette_with_transparency_lies_on_white() -> None:
    palette = Image.new("P", (4, 2), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    palette.putpixel((3, 1), 1)
    rgb = decode(encoded(palette, "PNG", transparency=0)).rgb
    assert rgb[1, 3].tolist() == [0, 0, 255]
    rgb[1, 3] = 255
    assert (rgb == 255).all()


@pytest.mark.parametrize("format_", ["PNG", "WEBP", "TIFF"])
def test_alpha_lies_on_white(format_: str) -> None:
    image = Image.new("RGBA", (3, 1))
    image.putdata([(0, 0, 0, 0), (200, 100, 0, 255), (0, 0, 0, 128)])
    options = {"lossless": True, "exact": True} if format_ == "WEBP" else {}
    rgb = decode(encoded(image, format_, **options)).rgb
    assert rgb[0, :2].tolist() == [[255, 255, 255], [200, 100, 0]]
    assert difference(rgb[0, 2], np.full(3, 127)) <= 1


def test_grey_with_alpha_lies_on_white() -> None:
    image = Image.new("LA", (2, 1))
    image.putdata([(0, 0), (90, 255)])
    assert decode(encoded(image, "PNG")).rgb[0, :, 0].tolist() == [255, 90]


@pytest.mark.parametrize("format_", ["WEBP", "TIFF"])
def test_of_an_animation_the_first_frame_is_taken(format_: str) -> None:
    first, second = Image.new("RGB", (5, 4), (9, 9, 9)), Image.new("RGB", (5, 4), (99, 99, 99))
    options = {"lossless": True} if format_ == "WEBP" else {}
    data = encoded(first, format_, save_all=True, append_images=[second], **options)
    assert (decode(data).rgb == 9).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_pictures_are_turned_upright(format_: str, orientation: int) -> None:
    upright = smooth()
    back = {1: 1, 2: 2, 3: 3, 4: 4, 5: 5, 6: 8, 7: 7, 8: 6}[orientation]
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = back
    stored = ImageOps.exif_transpose(_tagged(Image.fromarray(upright), back))
    exif[EXIF_ORIENTATION] = orientation
    pixels = decode(encoded(stored, format_, exif=exif), short_side=40)
    assert pixels.size == (40, 60)
    assert difference(pixels.rgb, upright) < 40  # lossy formats; turned wrongly it is over 100


def _tagged(image: Image.Image, orientation: int) -> Image.Image:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    return Image.open(io.BytesIO(encoded(image, "PNG", exif=exif)))


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(("short_side", "fraction"), [(300, 1), (150, 2), (100, 2), (37, 8)])
def test_large_jpegs_are_decoded_at_a_fraction(
    short_side: int, fraction: int, orientation: int
) -> None:
    exif = Image.Exif()
    exif[EXIF_ORIENTATION] = orientation
    data = encoded(Image.fromarray(smooth(301, 403)), "JPEG", quality=95, exif=exif)
    whole, drafted = decode(data), decode(data, short_side)
    assert drafted.size == whole.size == ((301, 403) if orientation == 1 else (403, 301))
    height, width = drafted.rgb.shape[:2]
    assert min(height, width) >= short_side
    assert min(height, width) == -(-301 // fraction)
    size = (width, height)
    reduced = np.asarray(Image.fromarray(whole.rgb).resize(size, Image.Resampling.BOX))
    assert difference(drafted.rgb, reduced) <= 6


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_fractions_of_other_jpegs(mode: str) -> None:
    data = encoded(Image.fromarray(smooth(320, 480)).convert(mode), "JPEG", quality=95)
    whole, drafted = decode(data), decode(data, 80)
    assert drafted.size == (320, 480)
    assert drafted.rgb.shape == (80, 120, 3)
    assert difference(drafted.rgb, whole.rgb.reshape(80, 4, 120, 4, 3).mean(axis=(1, 3))) <= 6


def noise(format_: str) -> bytes:
    picture = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    return encoded(Image.fromarray(picture), format_)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"these are words, not a picture\n" * 20, "not a picture"),
        (b"\xff\xd8\xff", "not a picture|damaged"),
        (noise("JPEG")[:-500], "damaged or cut short"),
        (noise("PNG")[:-500], "damaged or cut short"),
        (noise("BMP")[:-500], "damaged or cut short"),
        (noise("WEBP")[:-500], "damaged or cut short|not a picture"),
        (noise("TIFF")[: 64 * 64], "damaged or cut short|not a picture"),
    ],
)
@pytest.mark.parametrize("short_side", [None, 16])
def test_bad_files_have_a_reason(data: bytes, reason: str, short_side: int | None) -> None:
    with pytest.raises(PictureError, match=reason):
        decode(data, short_side)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
def test_damage_is_never_another_error(format_: str) -> None:
    data, generator = noise(format_), np.random.default_rng(1)
    for _ in range(40):
        damaged = bytearray(data)
        for place in generator.integers(0, len(data), 8):
            damaged[place] = generator.integers(256)
        try:
            decode(bytes(damaged), 32)
        except PictureError as error:
            assert str(error)


def test_an_error_without_words_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_memory(_image: Image.Image) -> None:
        raise MemoryError

    data = noise("BMP")
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", no_memory)
    with pytest.raises(PictureError, match="MemoryError"):
        decode(data)


# the first is over our own limit, the second over Pillow's as well, which warns of both
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("side", [10_001, 60_000])
def test_bombs_are_refused_by_their_header(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    def decoded(_image: Image.Image) -> None:
        raise AssertionError("pixels were decoded")

    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", decoded)
    with pytest.raises(PictureError, match=r"decompression bomb: .*pixels"):
        decode(png(side, side, 8, 2, b""))


def test_the_limit_is_in_pixels() -> None:
    data = encoded(Image.fromarray(smooth()), "PNG")
    assert decode(data, max_pixels=2400).size == (40, 60)
    with pytest.raises(PictureError, match=r"decompression bomb: 60 x 40 pixels"):
        decode(data, max_pixels=2399)


@pytest.mark.real
def test_real_photographs_are_about_the_same_at_a_fraction(data: Path) -> None:
    paths = sorted((data / "images/bee_keypoints").rglob("*.jpg"))[:3]
    paths += sorted((data / "images/car_parts/trainingset/JPEGImages").glob("*"))[:5]
    paths += sorted((data / "images/imagenet_sample_1000/images").glob("*"))[:20]
    for path in paths:
        whole, drafted = decode(path.read_bytes()), decode(path.read_bytes(), 96)
        assert drafted.size == whole.rgb.shape[:2] == whole.size
        assert min(drafted.rgb.shape[:2]) >= 96
        # coarse, for each way of reducing blurs the finest texture in its own way
        coarse = [
            np.asarray(Image.fromarray(pixels.rgb).resize((24, 24), Image.Resampling.BOX))
            for pixels in (whole, drafted)
        ]
        assert abs(coarse[0].astype(float) - coarse[1]).mean() < 4, path.name
