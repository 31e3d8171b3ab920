import re
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

import partonomy as pt
from networks import small_network
from partonomy.errors import PartonomyError
from partonomy.report import write_report
from partonomy.report.figures import Crop, Overlay, _outline, draw, mean_patch, strip
from partonomy.report.plots import curve_svg, place_svg


@pytest.fixture
def run(tmp_path, photos):
    backbone = pt.load_backbone(small_network(), layer="5", precision="float32", device="cpu")
    settings = pt.DiscoverSettings(n_parts=3, size=96, foreground=None)
    (photos / "a<b>&.png").write_bytes(b"no picture")
    return pt.discover(
        backbone, pt.ImageFolder(photos), tmp_path / "run", settings, command="partonomy <script>"
    )


class Page(HTMLParser):
    """What a browser would fetch and show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.text = ""
        self.tags: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [value for name, value in attributes if name in ("src", "href")]

    def handle_data(self, data):
        self.text += data


def test_report_is_self_contained_and_escaped(run):
    page = Page(write_report(run).read_text())
    assert page.sources
    assert all(source.startswith("data:image/jpeg;base64,") for source in page.sources)
    assert "script" not in page.tags
    assert "b" in page.tags
    assert "partonomy <script>" in page.text
    assert "a<b>&.png" in page.text
    assert "not a picture in a known format" in page.text


def test_report_tells_what_a_reader_needs(run):
    text = Page(write_report(run).read_text()).text
    for part in ("part_01", "part_02", "part_03"):
        assert part in text
    assert re.search(r"12\s+pictures", text)
    assert "1 of 13 pictures could not be used" in text
    assert "No foreground masks were given" in text
    assert "Only 12 pictures were used" in text
    assert "layer 5" in text


def test_report_without_the_pictures_says_so(run, photos):
    for picture in photos.glob("0*.png"):
        picture.unlink()
    text = Page(write_report(run).read_text()).text
    assert "10 could not be read again" in text or "could not be read again" in text


def test_report_of_an_unfinished_run(run):
    (run.folder / "parts.parquet").unlink()
    with pytest.raises(PartonomyError, match=r"has no parts.parquet: the run did not finish"):
        write_report(run)


def test_crop_is_the_box_whatever_its_place(tmp_path):
    """Against the pixels themselves, at the picture's own scale, also beyond its border."""
    rgb = np.random.default_rng(0).integers(0, 255, (60, 80, 3)).astype(np.uint8)
    rgb = np.repeat(np.repeat(rgb, 8, axis=0), 8, axis=1)  # 480 x 640, blocks of 8
    Image.fromarray(rgb).save(tmp_path / "a.png")
    inside, beyond = draw(
        [
            Crop(tmp_path / "a.png", (80, 160, 144, 224), 64),
            Crop(tmp_path / "a.png", (-32, -32, 32, 32), 64),
        ]
    )
    np.testing.assert_array_equal(inside, rgb[160:224, 80:144])
    np.testing.assert_array_equal(beyond[32:, 32:], rgb[:32, :32])
    assert (beyond[:32] == 128).all()


def test_crop_that_shrinks_averages(tmp_path):
    checks = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)
    Image.fromarray(checks).save(tmp_path / "a.png")
    (patch,) = draw([Crop(tmp_path / "a.png", (0, 0, 256, 256), 32)])
    assert abs(patch.astype(int) - 127).max() < 20


def test_outline_is_drawn_where_the_region_ends_and_not_at_the_patchs_edge():
    patch = np.full((40, 40, 3), 100, np.uint8)
    inside = np.zeros((40, 40), bool)
    inside[:, :20] = True
    drawn = _outline(patch, inside)
    assert (drawn[:, 19:21] == 255).all()
    assert (drawn[:, :15] == 100).all()
    assert (drawn[:, 25:] == 100).all()


def test_outline_in_a_crop_follows_the_mask(tmp_path):
    Image.new("RGB", (64, 64), (100, 100, 100)).save(tmp_path / "a.png")
    labels = np.zeros((64, 64), np.uint8)
    labels[:, 32:] = 2
    Image.fromarray(labels).save(tmp_path / "mask.png")
    crop = Crop(tmp_path / "a.png", (0, 0, 64, 64), 64, tmp_path / "mask.png", 2)
    other = Crop(tmp_path / "a.png", (0, 0, 64, 64), 64, tmp_path / "mask.png", 1)
    drawn, plain = draw([crop, other])
    assert (drawn[:, 31:33] == 255).all()
    assert (plain == 100).all()


def test_lost_pictures_give_no_figure(tmp_path):
    gone = tmp_path / "gone.png"
    assert draw([Crop(gone, (0, 0, 8, 8), 8), Overlay(gone, gone, 2, 64)]) == [None, None]


def test_overlay_keeps_the_aspect(tmp_path):
    Image.new("RGB", (200, 100), (50, 50, 50)).save(tmp_path / "a.png")
    Image.new("L", (200, 100), 1).save(tmp_path / "mask.png")
    (figure,) = draw([Overlay(tmp_path / "a.png", tmp_path / "mask.png", 2, 100)])
    assert figure.shape == (50, 100, 3)
    assert figure[25, 50].tolist() != [50, 50, 50]


def test_mean_patch_and_strip():
    black, white = np.zeros((4, 4, 3), np.uint8), np.full((4, 4, 3), 200, np.uint8)
    half = white.copy()
    half[:2] = 0
    mean = mean_patch([black, half])
    assert mean[0, 0, 0] == 0
    assert mean[3, 3, 0] == 255, "contrast is stretched"
    assert strip([black, white], gap=2).shape == (4, 10, 3)


def test_plots():
    svg = place_svg([0, 0.5, 0.25, 0.25])
    assert svg.count("<rect") == 4
    assert 'viewBox="0 0 2 2"' in svg
    assert 'fill-opacity="1.00"' in svg
    points = [{"n_concepts": n, "davies_bouldin": 3 - n / 10} for n in (9, 8, 7)]
    assert "<circle" in curve_svg(points, 8)
    assert curve_svg(points[:1], 9) == ""


def test_pixels_are_decoded_small_but_cut_in_original_frame(tmp_path):
    """A JPEG that is decoded at a fraction of its size is cut at the same place."""
    rows, columns = np.mgrid[:2000, :2400]
    rgb = np.stack([rows // 8, columns // 10, rows * 0], axis=2).astype(np.uint8)
    Image.fromarray(rgb).save(tmp_path / "big.jpg", quality=95)
    (patch,) = draw([Crop(tmp_path / "big.jpg", (1200, 400, 1600, 800), 50)])
    expected = rgb[400:800, 1200:1600].reshape(50, 8, 50, 8, 3).mean(axis=(1, 3))
    assert abs(patch.astype(float) - expected)[..., :2].mean() < 4
