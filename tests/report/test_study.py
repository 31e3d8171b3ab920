"""The form for judges: its pictures, its answers, and what it leaves in the browser alone."""

import json
import re

import numpy as np
import pytest
from PIL import Image

from pages import contrast, overflowing
from partonomy.emergence.judgements import KINDS, read_answers
from partonomy.emergence.study import draw_study, study_folder
from partonomy.emergence.verdicts import judged_layers
from partonomy.errors import PartonomyError, PictureError
from partonomy.features.objects import AnnotatedPicture
from partonomy.report.study import MEANINGS, write_studies
from studies import CLASS, PARTS, audited, pictures, stimuli_row


@pytest.fixture
def asked(tmp_path):
    """Twelve filters to judge."""
    return audited(tmp_path / "run")


def strips(run, layer="5"):
    return sorted((study_folder(run, layer) / "strips").iterdir())


def test_each_picture_is_decoded_once_a_layer(tmp_path):
    loads = []

    def counted(each):
        return AnnotatedPicture(each.name, lambda: (loads.append(each.name), each.load())[1])

    run = audited(tmp_path / "run", ("3", "5"))
    advanced = []
    forms = write_studies(
        run, map(counted, pictures()), 50, 0, lambda _name, total: lambda n: advanced.append(n)
    )
    assert forms == [study_folder(run, layer) / "index.html" for layer in ("3", "5")]
    assert sorted(loads) == sorted([each.name for each in pictures()] * 2)
    assert sum(advanced) == 20
    assert [path.name for path in strips(run)] == [f"{index:04d}.jpg" for index in range(12)]
    assert {path.name for path in study_folder(run, "5").iterdir()} == {
        "index.html", "strips", "study.json"
    }  # fmt: skip


def test_a_strip_shows_ten_stimuli_in_two_rows(asked):
    write_studies(asked, pictures(), 50, 0)
    strip = np.asarray(Image.open(strips(asked)[0])).astype(int)
    assert strip.shape == (260, 656, 3)
    for index in range(10):
        y, x = (132 * place for place in divmod(index, 5))
        patch = strip[y : y + 128, x : x + 128]
        assert np.median(patch) == pytest.approx(20 * index, abs=2)
        assert patch.max() > 240  # outlined


def test_a_stimulus_is_outlined_in_what_is_around_it(tmp_path):
    """As much of the picture as lets it be seen; nothing beyond the picture where it fits."""
    boxes = [[0.0, 0.0, 40.0, 40.0], [100.0, 60.0, 110.0, 68.0], [0.0, 0.0, 200.0, 150.0]]
    row = stimuli_row("fish", 0, pictures=["a", "b", "c"], boxes=boxes)

    def filled(box):
        x0, y0, x1, y1 = map(int, box)
        rgb = np.full((150, 200, 3), (0, 0, 160), np.uint8)
        rgb[y0:y1, x0:x1] = (0, 160, 0)
        return rgb, ()

    some = [
        AnnotatedPicture(name, lambda box=box: filled(box))
        for name, box in zip("abc", boxes, strict=True)
    ]
    run = audited(tmp_path / "run", rows=[row])
    write_studies(run, some, 50, 0)
    strip = np.asarray(Image.open(strips(run)[0])).astype(int)
    for index, (share, beyond) in enumerate(((40 / 112.5, False), (0.25, False), (1 / 1.1, True))):
        patch = strip[:, 132 * index : 132 * index + 128]
        green = (patch[..., 1] > 120) & (patch[..., 0] < 60)
        assert green.any(axis=0).sum() == pytest.approx(share * 128, abs=14)
        outlined = np.argwhere((patch > 200).all(axis=-1))
        assert np.ptp(outlined, axis=0)[1] == pytest.approx(share * 128, abs=8)
        assert (abs(patch - 128).max(axis=-1) < 20).any() == beyond


def test_what_cannot_be_read_any_more_is_left_out(tmp_path):
    def gone():
        raise PictureError("cannot be opened")

    lost = stimuli_row("fish", 1, pictures=["07", "08"], boxes=[[0.0, 0.0, 9.0, 9.0]] * 2)
    run = audited(tmp_path / "run", rows=[stimuli_row("fish", 0), lost])
    some = [*pictures(6), AnnotatedPicture("06", gone)]
    (form,) = write_studies(run, some, 50, 0)
    assert [path.name for path in strips(run)] == ["0000.jpg"]
    assert Image.open(strips(run)[0]).size == (656, 260)
    strip = np.asarray(Image.open(strips(run)[0])).astype(int)
    assert np.median(strip[132:, :128]) == pytest.approx(100, abs=2)
    assert strip[132:, 132:].max() < 80  # four of the second row are not there
    assert form.read_text().count("<fieldset") == 1
    (form,) = write_studies(audited(tmp_path / "none"), [], 50, 0)
    assert "There is nothing to judge here" in form.read_text()


def test_strips_of_the_same_study_are_kept_and_answers_always(asked):
    write_studies(asked, pictures(), 4, 0)
    before = [path.stat().st_mtime_ns for path in strips(asked)]
    answers = study_folder(asked, "5") / "answers-Anna.json"
    answers.write_text("{}")
    write_studies(asked, [], 4, 0)
    assert [path.stat().st_mtime_ns for path in strips(asked)] == before
    write_studies(asked, pictures(), 7, 0)
    assert len(strips(asked)) == 7
    (study_folder(asked, "5") / "study.json").write_text("damaged")
    write_studies(asked, pictures(), 3, 0)
    assert len(strips(asked)) == 3
    assert answers.exists()


def test_names_are_escaped_and_verdicts_not_told(asked):
    (form,) = write_studies(asked, pictures(), 50, 0)
    text = form.read_text()
    assert "<b>" not in text
    assert "<i>" not in text
    assert "<net>" not in text
    assert "automatic" not in text
    assert set(re.findall(r'(?:src|href)="([^"]*)"', text)) == {
        "data:,", *(f"strips/{index:04d}.jpg" for index in range(12))
    }  # fmt: skip
    told = audited(
        asked.folder / "other",
        rows=[
            stimuli_row(name, index, kind="background", part=None)
            for name in (CLASS, "fish")
            for index in range(6)
        ],
    )
    (other,) = write_studies(told, pictures(), 50, 0)
    assert other.read_text() == text


def test_a_folder_that_cannot_be_written_is_named(asked):
    (asked.folder / "study").write_text("a file")
    with pytest.raises(PartonomyError, match=r"study/5 cannot be written"):
        write_studies(asked, pictures(), 4, 0)


def test_every_kind_is_explained():
    assert tuple(MEANINGS) == KINDS


@pytest.mark.parametrize("width", [1440, 390])
def test_the_form_shows_in_a_browser(look, asked, width):
    (form,) = write_studies(asked, pictures(), 50, 0)
    page, told, asked_for = look(form, width)
    assert told == []
    strips_asked = [path.as_uri() for path in strips(asked)]
    assert sorted(url for url in asked_for if not url.startswith("data:")) == sorted(
        [form.as_uri(), *strips_asked]
    )
    assert page.title() == "What filters of 5 fire on · partonomy"
    assert page.locator("legend").first.inner_text() == f"{CLASS}, filter 0 1 of 12"
    assert page.evaluate("[...document.images].every(each => each.naturalWidth && each.width)")
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert overflowing(page) == []
    names = page.evaluate("""[...document.querySelectorAll("input, progress")].map(
        each => each.ariaLabel || each.labels[0]?.innerText || "")""")
    assert all(names)
    listed = page.evaluate("[...document.querySelector('#part-1').list.options].map(e => e.value)")
    assert listed == sorted(PARTS)
    assert page.locator(".pair").first.get_by_role("radio").count() == len(KINDS)


def save(page, folder):
    with page.expect_download() as download:
        page.get_by_role("button", name="Save answers").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_answers_are_kept_saved_opened_and_read(look, asked, tmp_path):
    (form,) = write_studies(asked, pictures(), 50, 0)
    study = draw_study(asked, "5", 50, 0).digest
    page, told, asked_for = look(form, 1440)
    page.get_by_role("button", name="Save answers").click()
    assert "Give your name first" in page.locator("#said").inner_text()
    assert page.evaluate("document.activeElement.id") == "judge"
    page.get_by_label("Your name").fill(' Zoë </b> "O" ')
    pair = page.locator(".pair")
    pair.nth(0).get_by_label("which part?").fill(PARTS[1])  # chooses its kind, too
    pair.nth(1).get_by_role("radio", name="background").check()
    pair.nth(2).get_by_role("radio", name="part", exact=False).first.check()  # of no name yet
    pair.nth(3).get_by_label("which part?").fill("wheel")
    pair.nth(3).get_by_role("radio", name="nothing").check()
    assert page.locator("#count").inner_text() == "3 of 12 judged"
    page.get_by_role("button", name="Next unjudged").click()
    assert page.evaluate("document.activeElement.id") == "part-3"
    saved = save(page, tmp_path)
    assert saved.name == "answers-Zoë-b-O.json"
    answers = read_answers(saved, study)
    assert answers.judge == 'Zoë </b> "O"'
    assert {name: str(each) for name, each in answers.answers.items()} == {
        f"{CLASS}/0": f"part: {PARTS[1]}",
        f"{CLASS}/1": "background",
        f"{CLASS}/3": "nothing",
    }
    assert judged_layers(asked, [saved])[0].alike == (3, 0)

    page.reload()  # the draft is there
    assert page.locator("#count").inner_text() == "3 of 12 judged"
    assert pair.nth(0).get_by_label("which part?").input_value() == PARTS[1]

    other, told_there, _ = look(form, 390)  # another browser, which knows no draft
    assert other.locator("#count").inner_text() == "0 of 12 judged"
    other.get_by_label("Open answers").set_input_files(saved)
    other.get_by_text("is opened").wait_for()
    other.locator(".pair").nth(4).get_by_role("radio", name="whole object").check()
    again = read_answers(save(other, tmp_path / "again"), study)
    assert again.judge == answers.judge
    assert again.answers.items() > answers.answers.items()
    assert len(again.answers) == 4
    assert told == told_there == []
    assert all(url.startswith(("file:", "data:", "blob:")) for url in asked_for)


def test_files_that_are_no_answers_change_nothing(look, asked, tmp_path):
    (form,) = write_studies(asked, pictures(), 50, 0)
    page, told, _ = look(form, 1440)
    page.locator(".pair").nth(0).get_by_role("radio", name="nothing").check()
    foreign = {"study": "0", "judge": "Anna", "answers": {}}
    for text, said in (
        ("no", "x.json holds no answers."),
        ("null", "x.json holds no answers."),
        (json.dumps({**foreign, "answers": None}), "x.json holds no answers."),
        (json.dumps(foreign), "x.json is of another study."),
    ):
        (tmp_path / "x.json").write_text(text)
        page.get_by_label("Open answers").set_input_files(tmp_path / "x.json")
        page.get_by_text(said).wait_for()
        assert page.locator("#count").inner_text() == "1 of 12 judged"
    assert told == []


def test_the_form_is_filled_in_by_the_keyboard(look, asked):
    (form,) = write_studies(asked, pictures(), 50, 0)
    page, _, _ = look(form, 1440)
    page.keyboard.press("Tab")
    page.keyboard.type("Anna")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")  # the first kind, a part
    page.keyboard.press("Tab")
    page.keyboard.type("fin")
    page.keyboard.press("Tab")
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    assert page.locator("#count").inner_text() == "2 of 12 judged"
    chosen = page.evaluate("[...document.querySelectorAll(':checked')].map(each => each.value)")
    assert chosen == ["part", "whole object"]


def test_text_is_readable_in_light_and_dark(look, asked):
    (form,) = write_studies(asked, pictures(), 3, 0)
    for scheme in ("light", "dark"):
        page, _, _ = look(form, 1440, scheme)
        for text in ("h1", ".pair .soft", "#save", "#next", ".bar output", "#judge"):
            assert contrast(page.locator(text).first) >= 4.5, (scheme, text)
