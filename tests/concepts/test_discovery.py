import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

import partonomy as pt
from cars import car_truth
from conftest import made_up_picture
from networks import small_network
from partonomy.errors import PartonomyError


@pytest.fixture(scope="module")
def backbone():
    return pt.load_backbone(small_network(), layer="5", precision="float32", device="cpu")


def settings(**changes):
    return pt.DiscoverSettings(**({"n_parts": 3, "n_concepts": 10, "size": 96} | changes))


def content(run: Path) -> dict[str, bytes]:
    """What a run found, file by file; times left out."""
    return {
        path.relative_to(run).as_posix(): path.read_bytes()
        for folder in ("model", "masks")
        for path in sorted((run / folder).rglob("*"))
        if path.is_file()
    }


def test_run_folder_is_whole(tmp_path, photos, backbone):
    (photos / "empty.png").touch()
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", settings())
    file = json.loads((run.folder / "run.json").read_text())
    assert file["status"] == "finished"
    assert (file["n_pictures"], file["n_read"]) == (13, 12)
    assert file["skipped"] == [{"picture": "empty.png", "reason": "the file is empty"}]
    assert file["config"]["n_parts"] == 3
    assert set(file["timings"]) == {"fit", "segment"}
    masks = sorted((run.folder / "masks").iterdir())
    assert [mask.name for mask in masks] == [f"{index:02d}.png" for index in range(12)]
    mask = Image.open(masks[0])
    assert (mask.mode, mask.size) == ("P", (128, 96))
    rows = {
        name: pq.read_table(run.folder / f"{name}.parquet").to_pylist()
        for name in ("pictures", "parts", "concepts", "patches", "curve")
    }
    assert len(rows["pictures"]) == 12
    assert [row["part"] for row in rows["parts"]] == [1, 2, 3]
    assert sum(row["share"] for row in rows["parts"]) == pytest.approx(1)
    assert sum(row["n_concepts"] for row in rows["parts"]) == len(rows["concepts"])
    best = [row for row in rows["patches"] if row["kind"] == "part" and row["index"] == 1]
    assert len({row["picture"] for row in best}) == len(best), "one patch a picture"
    assert [row["strength"] for row in best] == sorted(
        (row["strength"] for row in best), reverse=True
    )
    assert not (run.folder / ".progress").exists()


def test_same_inputs_and_seed_give_the_same_run(tmp_path, photos, backbone):
    first = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "a", settings())
    other_cache = settings(cache=tmp_path / "cache", workers=1)
    second = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "b", other_cache)
    assert content(first.folder) == content(second.folder)


def test_features_that_are_not_kept_give_the_same_run(tmp_path, photos, backbone):
    kept = settings(cache=tmp_path / "kept")
    first = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "a", kept)
    without = settings(cache=tmp_path / "without", cache_limit=0)
    second = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "b", without)
    assert first.file.results["features_kept"]
    assert not second.file.results["features_kept"]
    assert content(first.folder) == content(second.folder)


@pytest.mark.parametrize("foreground", ["auto", None])
@pytest.mark.parametrize("sharpen", [True, False])
def test_segment_agrees_with_discover_kept_or_not(tmp_path, photos, backbone, foreground, sharpen):
    """Pixel by pixel: from the cache, computed again, and by the saved model on its own."""
    (photos / "torn.png").write_bytes(b"torn")
    Image.fromarray(made_up_picture(3, 96, 96)).save(photos / "square.png")
    options = {"foreground": foreground, "sharpen": sharpen}
    pictures = pt.ImageFolder(photos)
    runs = [
        pt.discover(backbone, pictures, tmp_path / name, settings(cache=tmp_path / name, **more))
        for name, more in (("kept", options), ("not", {**options, "cache_limit": 0}))
    ]
    assert [run.file.results["features_kept"] for run in runs] == [True, False]
    model = pt.load(runs[0].folder, backbone="networks:small_network")
    runs.append(pt.segment_collection(model, pictures, tmp_path / "again"))
    masks = [{path.name: path.read_bytes() for path in run.masks.iterdir()} for run in runs]
    assert masks[0] == masks[1] == masks[2]
    assert len(masks[0]) == 13
    assert [entry.picture for run in runs for entry in run.file.skipped] == ["torn.png"] * 3
    rows = [run.read_table("pictures") for run in runs]
    for row, again in zip(rows[0], rows[2], strict=True):
        np.testing.assert_equal(row["confidence"], again["confidence"])
        assert row["shares"] == again["shares"]


def test_objects_are_found_without_labels_and_the_run_says_so(tmp_path, photos, backbone):
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", settings())
    assert run.file.config["foreground"] == "auto"
    assert run.file.results["foreground_found"]
    shares = [sum(row["shares"]) for row in run.read_table("pictures")]
    assert 0 < max(shares) < 1
    border = [np.asarray(Image.open(mask))[0] for mask in run.masks.iterdir()]
    assert (np.stack(border) == 0).mean() > 0.8


def test_without_a_foreground_every_pixel_has_a_part(tmp_path, photos, backbone):
    whole = settings(foreground=None)
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", whole)
    assert run.file.config["foreground"] is None
    assert not run.file.results["foreground_found"]
    for mask in run.masks.iterdir():
        assert np.asarray(Image.open(mask)).min() == 1
    assert sum(row["shares"][0] for row in run.read_table("pictures")) > 0


def test_where_no_foreground_is_found_pictures_are_labelled_whole(
    tmp_path, photos, backbone, monkeypatch
):
    monkeypatch.setattr(
        "partonomy.concepts.visual_concepts.learn_foreground", lambda *_arguments: None
    )
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", settings())
    assert run.file.config["foreground"] == "auto"
    assert not run.file.results["foreground_found"]
    assert all(np.asarray(Image.open(mask)).min() == 1 for mask in run.masks.iterdir())


def test_pictures_on_which_no_concept_fires_have_empty_masks(tmp_path, photos, backbone):
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", settings())
    model = pt.load(run.folder, backbone="networks:small_network")
    model.tree = replace(model.tree, known=2.0)
    again = pt.segment_collection(model, pt.ImageFolder(photos), tmp_path / "again")
    rows = again.read_table("pictures")
    assert len(rows) == 12
    assert not any(sum(row["shares"]) for row in rows)
    assert all(np.isnan(row["confidence"]) for row in rows)
    assert not any(np.asarray(Image.open(mask)).any() for mask in again.masks.iterdir())


def test_the_cache_stays_within_its_limit_and_serves_the_next_run(tmp_path, photos, backbone):
    def size():
        files = (tmp_path / "cache").rglob("*")
        return sum(path.stat().st_size for path in files if path.is_file())

    cached = settings(cache=tmp_path / "cache")
    pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "a", cached)
    kept = size()
    assert kept > 0
    tight = settings(cache=tmp_path / "cache", cache_limit=kept + 100_000, n_parts=2)
    pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "b", tight)
    assert size() == kept, "the second run found what the first one kept"
    pt.discover(
        backbone,
        pt.ImageFolder(photos),
        tmp_path / "c",
        settings(cache=tmp_path / "cache", cache_limit=0),
    )
    assert size() == 0


def test_segmenting_the_runs_pictures_gives_the_runs_masks(tmp_path, photos, backbone):
    run = pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", settings())
    model = pt.load(run.folder, backbone="networks:small_network")
    again = pt.segment_collection(model, pt.ImageFolder(photos), tmp_path / "again")
    for mask in run.masks.iterdir():
        np.testing.assert_array_equal(
            np.asarray(Image.open(mask)), np.asarray(Image.open(again.masks / mask.name))
        )


def test_an_interrupted_run_goes_on_and_ends_the_same(tmp_path, backbone):
    pictures = tmp_path / "photos"
    pictures.mkdir()
    for index in range(70):
        Image.fromarray(made_up_picture(index)).save(pictures / f"{index:02d}.png")
    whole = pt.discover(
        backbone, pt.ImageFolder(pictures), tmp_path / "whole", settings(cache=tmp_path / "c")
    )

    class KilledError(Exception):
        pass

    done: list[str] = []

    def killing(phase: str, after: int):
        def begin(name: str, _total: int):
            seen = 0

            def advance(n: int) -> None:
                nonlocal seen
                seen += n
                done.append(name)
                if name == phase and seen >= after:
                    raise KilledError

            return advance

        return begin

    other = settings(cache=tmp_path / "d", cache_limit=0)
    for phase in ("foreground", "features", "masks"):
        with pytest.raises(KilledError):
            pt.discover(
                backbone,
                pt.ImageFolder(pictures),
                tmp_path / "run",
                other,
                begin=killing(phase, 33),
            )
    assert len(list((tmp_path / "run" / "masks").iterdir())) >= 33
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "masks").iterdir()}
    run = pt.discover(backbone, pt.ImageFolder(pictures), tmp_path / "run", other)
    assert content(run.folder) == content(whole.folder)
    untouched = [path for path, written in before.items() if path.stat().st_mtime_ns == written]
    assert len(untouched) >= 33, "masks that were done are not written again"


def test_another_configuration_starts_afresh(tmp_path, photos, backbone):
    pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", settings())
    few = pt.ImageFolder(*sorted(photos.iterdir())[:5])
    run = pt.discover(backbone, few, tmp_path / "run", settings(n_parts=2))
    assert len(list(run.masks.iterdir())) == 5, "nothing of the run before is left"
    assert run.file.results["n_parts"] == 2


def test_strict_names_the_pictures(tmp_path, photos, backbone):
    (photos / "bad.png").write_bytes(b"no picture")
    with pytest.raises(
        PartonomyError, match=r"--strict: 1 picture cannot be used: bad.png: not a pic"
    ):
        pt.discover(backbone, pt.ImageFolder(photos), tmp_path / "run", settings(strict=True))


def test_foreground_masks_bound_the_parts_and_missing_ones_are_named(tmp_path, photos, backbone):
    masks = tmp_path / "masks"
    masks.mkdir()
    for index in range(11):
        mask = np.zeros((96, 128), np.uint8)
        mask[20:70, 30:100] = 255
        Image.fromarray(mask).save(masks / f"{index:02d}.png")
    run = pt.discover(
        backbone, pt.ImageFolder(photos), tmp_path / "run", settings(foreground=masks)
    )
    assert [entry.picture for entry in run.file.skipped] == ["11.png"]
    assert "no foreground mask 11.*" in run.file.skipped[0].reason
    labels = np.asarray(Image.open(run.masks / "00.png"))
    assert (labels[20:70, 30:100] > 0).all()
    assert labels.sum() == labels[20:70, 30:100].sum()


KILLED_RUN = """
import sys
sys.path[:0] = [{tests!r}]
import partonomy as pt
from networks import small_network
backbone = pt.load_backbone(small_network(), layer="5", precision="float32", device="cpu")
settings = pt.DiscoverSettings(n_parts=3, n_concepts=12, size=160)
pt.discover(backbone, pt.ImageFolder({pictures!r}), {output!r}, settings)
"""


def test_a_killed_process_goes_on_and_ends_the_same(tmp_path):
    """SIGKILL at three moments; the ten of the acceptance test are in benchmarks/."""
    pictures = tmp_path / "photos"
    pictures.mkdir()
    for index in range(150):
        Image.fromarray(made_up_picture(index)).save(pictures / f"{index:03d}.png")

    def start(name: str) -> subprocess.Popen[bytes]:
        code = KILLED_RUN.format(
            tests=str(Path(__file__).parent.parent),
            pictures=str(pictures),
            output=str(tmp_path / name),
        )
        environment = os.environ | {"PARTONOMY_CACHE": str(tmp_path / f"cache-{name}")}
        return subprocess.Popen([sys.executable, "-c", code], env=environment)

    begin = time.monotonic()
    assert start("whole").wait() == 0
    length = time.monotonic() - begin
    killed = 0
    for share in (0.55, 0.75, 0.9):
        process = start("killed")
        time.sleep(length * share)
        if process.poll() is None:
            process.send_signal(signal.SIGKILL)
            killed += 1
        process.wait()
    assert start("killed").wait() == 0
    assert killed
    assert content(tmp_path / "killed") == content(tmp_path / "whole")


@pytest.mark.real
def test_car_parts_are_parts(tmp_path, data):
    """On 40 real cars, inside their foreground, parts agree with the annotated ones."""
    from sklearn.metrics import normalized_mutual_info_score

    cars = data / "images/car_parts/trainingset"
    truth = car_truth(cars, 40)
    masks = tmp_path / "masks"
    masks.mkdir()
    for name, labels in truth.items():
        Image.fromarray((labels > 0).astype(np.uint8)).save(masks / f"{Path(name).stem}.png")
    backbone = pt.load_backbone(
        "torchvision/squeezenet1_1",
        weights=data / "weights/squeezenet1_1/squeezenet1_1.safetensors",
    )
    pictures = pt.ImageFolder(*(cars / "JPEGImages" / name for name in truth))
    run = pt.discover(
        backbone, pictures, tmp_path / "run", pt.DiscoverSettings(n_parts=8, foreground=masks)
    )
    found, wanted, place = [], [], []
    for name, labels in truth.items():
        parts = np.asarray(Image.open(run.masks / f"{Path(name).stem}.png"))
        assert ((parts > 0) == (labels > 0)).all()
        inside = labels[::4, ::4] > 0
        found.append(parts[::4, ::4][inside])
        wanted.append(labels[::4, ::4][inside])
        rows, columns = np.nonzero(inside)
        place.append((rows // 32) * 4 + columns // 32)
    wanted, found = np.concatenate(wanted), np.concatenate(found)
    by_place = normalized_mutual_info_score(wanted, np.concatenate(place))
    assert normalized_mutual_info_score(wanted, found) > max(0.25, by_place + 0.05)
