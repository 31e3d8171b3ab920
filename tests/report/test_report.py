from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from partonomy.errors import PartonomyError
from partonomy.report import write_report
from partonomy.report.figures import Crop, Overlay, _outline, draw, mean_patch, strip


class Page(HTMLParser):
    """What a browser would fetch and show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sources: list[str] = []
        self.labels: list[str] = []
        self.ids: list[str] = []
        self.tags: list[str] = []
        self.words: list[str] = []
        self.feed(html)
        self.text = " ".join(" ".join(self.words).split())

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.sources += [value for name, value in attributes if name in ("src", "href")]
        self.labels += [value for name, value in attributes if name == "aria-label"]
        self.ids += [value for name, value in attributes if name == "id"]

    def handle_data(self, data):
        self.words.append(data)


def test_report_is_self_contained_and_escaped(run):
    page = Page(write_report(run).read_text())
    assert any(source.startswith("data:image/jpeg;base64,") for source in page.sources)
    assert all(source.startswith(("data:", "#")) for source in page.sources)
    assert {source[1:] for source in page.sources if source.startswith("#")} <= set(page.ids)
    assert "script" not in page.tags
    assert "partonomy <script>" in page.text
    assert "a<b>&.png" in page.text
    assert "not a picture in a known format" in page.text


def test_report_escapes_what_a_person_named(run):
    name = '<i>wheel</i> & "tyre"'
    run.write_table("parts", [row | {"name": name} for row in run.read_table("parts")])
    page = Page(write_report(run).read_text())
    assert "<i>wheel" in page.text
    assert page.tags.count("i") == 3, "the legend's patches of colour alone"
    (joined,) = [label for label in page.labels if label.startswith("how the parts join")]
    assert joined.count(name) == 3
    assert f"where {name} lies" in page.labels


def test_report_tells_what_a_reader_needs(run):
    text = Page(write_report(run).read_text()).text
    for part in ("part_01", "part_02", "part_03"):
        assert part in text
    assert "12 pictures" in text
    assert "found foreground, without labels" in text
    assert "0 with nothing found" in text
    assert "1 of 13 pictures could not be used" in text
    assert "Only 12 pictures were used" in text
    assert "layer 5" in text
    assert "partonomy export RUN --parts K" in text
    assert "3 were asked for" in text
    assert "number of visual concepts" in text


def test_report_shows_where_nothing_was_found(run_with_empty):
    names = [row["picture"] for row in run_with_empty.read_table("pictures")]
    page = Page(write_report(run_with_empty).read_text())
    assert "2 with nothing found" in page.text
    assert "Nothing was found in 2 of 12 pictures" in page.text
    shown, empty = page.text.split("Nothing was found in these")
    assert all(f"{name} ·" not in page.text and name in empty for name in names[:2])
    assert all(f"{name} · confidence" in shown for name in names[2:])
    assert "nan" not in page.text


def test_report_shows_the_choice_of_the_number_of_parts(run_with_empty):
    text = Page(write_report(run_with_empty).read_text()).text
    assert f"{run_with_empty.file.results['n_parts']} parts (auto)" in text
    assert "agreement (adjusted Rand index" in text


def test_report_without_the_pictures_says_so(run, photos):
    for picture in photos.glob("0*.png"):
        picture.unlink()
    page = Page(write_report(run).read_text())
    assert "10 of the pictures or masks to be shown here could not be read again" in page.text
    for picture in photos.glob("1*.png"):
        picture.unlink()
    page = Page(write_report(run).read_text())
    assert "12 of the pictures or masks" in page.text
    assert "img" not in page.tags
    assert "Across the collection" not in page.text


def test_report_without_the_masks_has_the_rest(run):
    for mask in run.masks.glob("0*.png"):
        mask.write_bytes(b"no mask")
    for mask in run.masks.glob("1*.png"):
        mask.unlink()
    page = Page(write_report(run).read_text())
    assert "12 of the pictures or masks to be shown here could not be read again" in page.text
    assert "img" in page.tags


def test_report_of_a_single_part(discovered):
    text = Page(write_report(discovered(n_parts=1, n_concepts=1)).read_text()).text
    assert "1 part of" in text
    assert "one visual concept" in text
    assert "1 were asked for" in text


@pytest.mark.parametrize("table", ["parts", "tree", "stability"])
def test_report_of_an_unfinished_or_older_run(run, table):
    (run.folder / f"{table}.parquet").unlink()
    message = rf"has no {table}.parquet: the run did not finish, or an older version made it"
    with pytest.raises(PartonomyError, match=message):
        write_report(run)


def test_report_of_a_run_of_segment(run):
    run.file.kind = "segment"
    with pytest.raises(PartonomyError, match="is a run of segment: a report needs discover's"):
        write_report(run)


def test_report_of_thousands_of_pictures_is_small(run):
    rows = run.read_table("pictures")
    run.write_table("pictures", [rows[index % len(rows)] for index in range(5000)])
    few = write_report(run).stat().st_size
    assert few < 3_000_000


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


def test_lost_masks_give_no_figure_and_none_are_needed_for_a_plain_one(tmp_path):
    there, gone = tmp_path / "a.png", tmp_path / "gone.png"
    Image.new("RGB", (64, 32), (100, 50, 20)).save(there)
    lost, plain = draw([Overlay(there, gone, 2, 16), Overlay(there, None, 2, 16)])
    assert lost is None
    assert plain.shape == (8, 16, 3)
    assert (plain == (100, 50, 20)).all()


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


def test_pixels_are_decoded_small_but_cut_in_original_frame(tmp_path):
    """A JPEG that is decoded at a fraction of its size is cut at the same place."""
    rows, columns = np.mgrid[:2000, :2400]
    rgb = np.stack([rows // 8, columns // 10, rows * 0], axis=2).astype(np.uint8)
    Image.fromarray(rgb).save(tmp_path / "big.jpg", quality=95)
    (patch,) = draw([Crop(tmp_path / "big.jpg", (1200, 400, 1600, 800), 50)])
    expected = rgb[400:800, 1200:1600].reshape(50, 8, 50, 8, 3).mean(axis=(1, 3))
    assert abs(patch.astype(float) - expected)[..., :2].mean() < 4
