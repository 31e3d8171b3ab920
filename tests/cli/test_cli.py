import json
import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from PIL import Image

import partonomy as pt
from networks import small_network
from partonomy.cli import main as cli
from partonomy.evaluation import all_protocols

BACKBONE = ["--backbone", "networks:small_network", "--size", "96"]


@pytest.fixture
def partonomy(monkeypatch, capsys):
    """Runs the command in this process; gives its exit status, and what it printed."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["partonomy", *map(str, arguments)])
        status = 0
        try:
            cli.run()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else 1
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
        printed = capsys.readouterr()
        return status, printed.out, printed.err

    return run


COMMANDS = (
    "discover",
    "train",
    "segment",
    "export",
    "layers",
    "report",
    "partworld",
    "datasets",
    "evaluate",
    "protocols",
    "benchmark",
    "audit",
    "compare",
    "demo",
)


def test_help_is_quick_and_has_every_command():
    begin = time.monotonic()
    command = [sys.executable, "-m", "partonomy.cli.main", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert time.monotonic() - begin < 3, "half a second where the machine is quiet: make bench"
    for name in COMMANDS:
        assert name in shown
    code = (
        "import sys, partonomy.cli.main; print(any(m in sys.modules for m in ('torch', 'numpy')))"
    )
    light = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert light.stdout.strip() == "False", "help must not wait for torch"


def test_the_version_is_told(partonomy):
    assert partonomy("--version") == (0, f"{pt.__version__}\n", "")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_an_example(partonomy, command):
    status, out, _ = partonomy(command, "--help")
    assert status == 0
    assert "Example: partonomy" in out


def test_discover_segment_and_report(partonomy, photos, tmp_path):
    (photos / "torn.jpg").write_bytes(b"\xff\xd8\xff\xe0 torn")
    run = tmp_path / "run"
    status, out, err = partonomy("discover", photos, *BACKBONE, "--parts", 3, "-o", run)
    assert (status, err) == (0, "")
    assert "3 parts from" in out
    assert "in 12 pictures; 1 skipped: torn.jpg (" in out
    assert f"report: {run / 'report.html'}" in out
    assert len(list((run / "overlays").iterdir())) == 12
    command = json.loads((run / "run.json").read_text())["command"]
    assert command.startswith(f"partonomy discover {photos} --backbone networks:small_network")

    out_folder = tmp_path / "out"
    own = ["--backbone", "networks:small_network"]
    status, out, _ = partonomy("segment", run, photos, "-o", out_folder, *own, "--overlays")
    assert status == 0
    assert "12 pictures segmented into 3 parts; 1 skipped: torn.jpg" in out
    for mask in (run / "masks").iterdir():
        assert np.array_equal(Image.open(mask), Image.open(out_folder / "masks" / mask.name))
    assert len(list((out_folder / "overlays").iterdir())) == 12

    before = (run / "report.html").read_text()
    (run / "report.html").unlink()
    assert partonomy("report", run)[0] == 0
    assert (run / "report.html").read_text() == before


def test_segment_says_when_the_foreground_is_missing(partonomy, photos, tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    for picture in photos.iterdir():
        Image.new("L", (128, 96), 255).save(masks / picture.name)
    run = tmp_path / "run"
    own = ["--backbone", "networks:small_network"]
    partonomy("discover", photos, *BACKBONE, "--foreground", masks, "-o", run, "--no-overlays")
    assert not (run / "overlays").exists()
    _, out, _ = partonomy("segment", run, photos, "-o", tmp_path / "a", *own)
    assert "fitted inside foreground masks" in out
    _, out, _ = partonomy("segment", run, photos, "-o", tmp_path / "b", *own, "--foreground", masks)
    assert "fitted inside" not in out


def masks_of(run):
    return {path.name: np.asarray(Image.open(path)) for path in (run / "masks").iterdir()}


def test_foreground_sharpening_and_context_are_options(partonomy, photos, tmp_path):
    runs = {}
    for name, options in {
        "plain": [],
        "auto": ["--foreground", "auto", "--sharpen", "--context", "auto"],
        "none": ["--foreground", "none"],
        "coarse": ["--no-sharpen"],
        "alone": ["--context", "0"],
    }.items():
        command = ["discover", photos, *BACKBONE, "--parts", 3, "--no-overlays", *options]
        assert partonomy(*command, "-o", tmp_path / name)[0] == 0
        runs[name] = masks_of(tmp_path / name)
    np.testing.assert_equal(runs["plain"], runs["auto"])
    assert all(mask.min() == 1 for mask in runs["none"].values())
    for name in ("plain", "coarse", "alone"):
        assert all((mask == 0).any() for mask in runs[name].values())
    for other in ("coarse", "alone"):
        assert any((runs["plain"][name] != runs[other][name]).any() for name in runs["plain"])
    config = json.loads((tmp_path / "coarse" / "run.json").read_text())["config"]
    assert (config["foreground"], config["sharpen"]) == ("auto", False)


def test_segment_keeps_to_the_models_foreground_or_to_given_masks(partonomy, photos, tmp_path):
    masks = tmp_path / "masks"
    masks.mkdir()
    for picture in photos.iterdir():
        mask = np.zeros((96, 128), np.uint8)
        mask[10:60, 5:100] = 255
        Image.fromarray(mask).save(masks / picture.name)
    run, own = tmp_path / "run", ["--backbone", "networks:small_network"]
    partonomy("discover", photos, *BACKBONE, "--parts", 3, "-o", run, "--no-overlays")
    for name, options in {"a": [], "b": ["--foreground", "auto"]}.items():
        status, out, _ = partonomy("segment", run, photos, "-o", tmp_path / name, *own, *options)
        assert status == 0
        assert "note:" not in out
        np.testing.assert_equal(masks_of(tmp_path / name), masks_of(run))
    partonomy("segment", run, photos, "-o", tmp_path / "c", *own, "--foreground", masks)
    for mask in masks_of(tmp_path / "c").values():
        np.testing.assert_array_equal(mask > 0, np.asarray(Image.open(masks / "00.png")) > 0)
    status, _, err = partonomy(
        "segment", run, photos, "-o", tmp_path / "d", *own, "--foreground", "nowhere"
    )
    assert status == 1
    assert err == "error: --foreground nowhere: no such folder\n"


def test_per_class(partonomy, photos, tmp_path):
    for index, picture in enumerate(sorted(photos.iterdir())):
        folder = photos / ("cat" if index % 2 else "dog")
        folder.mkdir(exist_ok=True)
        picture.rename(folder / picture.name)
    status, out, _ = partonomy(
        "discover", photos, *BACKBONE, "--per-class", "-o", tmp_path / "runs"
    )
    assert status == 0
    assert "cat: 8 parts from" in out
    assert "dog: 8 parts from" in out
    for label in ("cat", "dog"):
        assert (tmp_path / "runs" / label / "report.html").is_file()
        assert len(list((tmp_path / "runs" / label / "masks").iterdir())) == 6


def test_own_weights_and_normalisation_are_used(partonomy, photos, tmp_path):
    network = small_network()
    weights = tmp_path / "net.pt"
    torch.save(network.state_dict(), weights)
    options = ["--weights", weights, "--mean", "0.5", "--std", "0.2,0.3,0.4", "--layer", "5"]
    status, _, err = partonomy("discover", photos, *BACKBONE, *options, "-o", tmp_path / "run")
    assert (status, err) == (0, "")
    backbone = json.loads((tmp_path / "run" / "run.json").read_text())["config"]["backbone"]
    assert backbone["mean"] == [0.5, 0.5, 0.5]
    assert backbone["std"] == [0.2, 0.3, 0.4]
    assert backbone["weights"] == str(weights)


def test_several_layers_are_used_in_the_order_in_which_they_are_named(partonomy, photos, tmp_path):
    status, _, err = partonomy(
        "discover", photos, *BACKBONE, "--layer", "5,3", "--parts", 3, "-o", tmp_path / "run"
    )
    assert (status, err) == (0, "")
    backbone = json.loads((tmp_path / "run" / "run.json").read_text())["config"]["backbone"]
    assert backbone["layers"] == ["5", "3"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (["--parts", "0"], "--parts 0: choose from 1 to 255"),
        (["--context", "2"], "--context 2.0: choose from 0 to 1, or auto"),
        (["--context", "much"], "--context much: give a number or auto"),
        (["--concepts", "many"], "--concepts many: give a number or auto"),
        (["--concepts", "2"], "--concepts 2 is fewer than the 8 parts"),
        (["--clustering", "dbscan"], "--clustering dbscan: choose kmeans or vmf"),
        (["--cache-limit", "lots"], "--cache-limit lots: give a size such as 8GB"),
        (["--mean", "0.1,0.2"], "--mean 0.1,0.2: give one number, or three"),
        (["--std", "x"], "--std x: give one number, or three"),
        (["--device", "abacus"], "--device abacus: there is no such device here"),
        (["--precision", "int3"], "--precision int3: choose from auto, float32, bfloat16"),
        (["--foreground", "nowhere"], "--foreground nowhere: no such folder"),
        (["--layer", "99"], "networks:small_network has no usable layer '99'"),
        (["--layer", "3,3"], "networks:small_network: --layer names 3 twice"),
        (["--weights", "gone.pt"], "weights file gone.pt does not exist"),
        (["--backbone", "resnet5"], "no backbone resnet5 (did you mean"),
        (["--backbone", "torchvision/vgg"], "no backbone torchvision/vgg"),
        (["--backbone", "nowhere:net"], "No module named 'nowhere'"),
        (["--backbone", "networks:gone"], "backbone networks:gone: networks has no gone"),
        (["--backbone", "networks:not_a_network"], "returned int, not an nn.Module"),
        (["--strict"], "--strict: 1 picture cannot be used: zero.png: the file is empty"),
    ],
)
def test_errors_are_one_line_that_names_the_option(partonomy, photos, tmp_path, change, message):
    (photos / "zero.png").touch()
    status, _, err = partonomy("discover", photos, *BACKBONE, "-o", tmp_path / "run", *change)
    assert status == 1
    assert err.startswith("error: ")
    assert message in err
    assert err.count("\n") == 1, "one line, no traceback"


def test_empty_folder_and_no_folder(partonomy, tmp_path):
    (tmp_path / "empty").mkdir()
    status, _, err = partonomy("discover", tmp_path / "empty", *BACKBONE, "-o", tmp_path / "run")
    assert status == 1
    assert err.startswith(f"error: no pictures in {tmp_path / 'empty'} (looked for")
    status, _, err = partonomy("discover", tmp_path / "gone", *BACKBONE, "-o", tmp_path / "run")
    assert f"{tmp_path / 'gone'}: no such file or folder" in err
    assert not (tmp_path / "run").exists()


def test_output_folder_of_something_else_is_left_alone(partonomy, photos, tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    status, _, err = partonomy("discover", photos, *BACKBONE, "-o", folder)
    assert status == 1
    assert f"-o {folder}: the folder is not empty and holds no run" in err
    assert (folder / "thesis.txt").read_text() == "years of work"


def test_segment_with_something_that_is_no_model(partonomy, photos, tmp_path):
    status, _, err = partonomy("segment", tmp_path, photos, "-o", tmp_path / "out")
    assert status == 1
    assert f"{tmp_path} holds no part model" in err


def test_debug_shows_the_traceback(partonomy, tmp_path):
    status, _, err = partonomy("--debug", "report", tmp_path)
    assert status == 1
    assert "Traceback" in err
    assert f"error: {tmp_path} is no run" in err


def test_an_unforeseen_error_is_one_line_too(partonomy, monkeypatch, photos, tmp_path):
    def broken(*_arguments, **_options):
        raise ZeroDivisionError("by zero\nat length")

    monkeypatch.setattr("partonomy.backbones.load_backbone", broken)
    status, _, err = partonomy("discover", photos, *BACKBONE, "-o", tmp_path / "run")
    assert status == 1
    assert err == "error: ZeroDivisionError: by zero (--debug shows where; please report it)\n"


def test_interrupt_says_that_the_command_goes_on(partonomy, monkeypatch, photos, tmp_path):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("partonomy.backbones.load_backbone", interrupted)
    status, _, err = partonomy("discover", photos, *BACKBONE, "-o", tmp_path / "run")
    assert status == 130
    assert err == "stopped; the same command goes on where this one was\n"


def test_layers_lists_and_recommends(partonomy):
    for name, recommended in {
        "torchvision/squeezenet1_1": "features",
        "torchvision/mobilenet_v2": "features.13,features.18",
    }.items():
        status, out, _ = partonomy("layers", name)
        assert status == 0
        assert f"* recommended: --layer {recommended}" in out.splitlines()
        starred = [line.split()[1] for line in out.splitlines() if line.startswith("* features")]
        assert starred == recommended.split(",")
    status, out, _ = partonomy("layers", "vit_tiny_patch16_224", "--json")
    rows = json.loads(out)
    (best,) = [row for row in rows if row["recommended"]]
    assert best["layer"] == "blocks.8"
    assert best["stride"] == [16, 16]
    assert best["receptive_field"] == [None, None]


def test_progress_on_a_terminal_shows_rate_and_time_left(monkeypatch, capsys):
    from partonomy.cli.progress import progress

    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    with progress() as begin:
        advance = begin("features", 4)
        advance(3)
        time.sleep(0.2)
        advance(1, "total 0.5 [of 3]")
    shown = capsys.readouterr().err
    assert "total 0.5 [of 3]" in shown
    assert "features" in shown
    assert "4/4" in shown
    assert "/s" in shown


def test_export_in_all_formats_and_of_another_cut(partonomy, photos, tmp_path):
    from partonomy.export import exporters

    (photos / "torn.png").write_bytes(b"torn")
    run, out_folder = tmp_path / "run", tmp_path / "out"
    partonomy("discover", photos, *BACKBONE, "--parts", 3, "-o", run, "--no-overlays")
    names = tmp_path / "names.toml"
    names.write_text('part_01 = "disc"\n')
    shown = partonomy("export", "--help")[1]
    status, out, err = partonomy(
        "export", run, "--format", "all", "-o", out_folder, "--rename", names
    )
    assert (status, err) == (0, "")
    assert out.startswith("12 pictures exported\n")
    for name in exporters():
        assert name in shown
        assert f"{name}: {out_folder / name}\n  " in out
    assert json.loads((out_folder / "indexed-png" / "id2label.json").read_text()) == {
        "0": "background",
        "1": "disc",
        "2": "part_02",
        "3": "part_03",
    }
    (photos / "04.png").unlink()
    again = ["export", run, "--format", "indexed-png", "--format", "coco", "-o", out_folder]
    own = ["--backbone", "networks:small_network"]
    status, out, err = partonomy(*again, "--parts", 2, *own)
    assert (status, err) == (0, "")
    assert out.startswith("11 pictures exported; 1 skipped: 04.png (cannot be opened")
    assert len(json.loads((out_folder / "indexed-png" / "id2label.json").read_text())) == 3
    assert (out_folder / "run-2-parts" / "run.json").is_file()
    assert (
        partonomy("export", out_folder / "run-2-parts", "--format", "cvat", "-o", out_folder)[0]
        == 0
    )


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--format", "coca"], "error: --format coca: choose from coco, cvat, "),
        (["--format", "coco", "--rename", "gone.toml"], "error: --rename gone.toml: No such file"),
        (["--format", "coco", "--parts", "0"], "error: --parts 0: choose from 1 to 255"),
    ],
)
def test_export_errors_are_one_line(partonomy, photos, tmp_path, options, message):
    run = tmp_path / "run"
    partonomy("discover", photos, *BACKBONE, "--parts", 3, "-o", run, "--no-overlays")
    own = ["--backbone", "networks:small_network"]
    status, _, err = partonomy("export", run, *options, *own, "-o", tmp_path / "out")
    assert status == 1
    assert err.startswith(message)
    assert err.count("\n") == 1
    status, _, err = partonomy("export", photos, "--format", "coco", "-o", tmp_path / "out")
    assert err == f"error: {photos} is no run: it has no run.json\n"


@pytest.mark.usefixtures("bundled_partworld")
def test_demo_sets_found_parts_beside_true_ones(partonomy, tmp_path):
    folder = tmp_path / "demo"
    status, out, err = partonomy(
        "demo", "-o", folder, "--class", "ship", "--pictures", 2, "--class", "ship", "--seed", 4
    )
    assert (status, err) == (0, "")
    head, *rows, page = [line for line in out.splitlines() if not line.startswith("note: ")]
    assert head.split() == ["FG-NMI", "FG-ARI"]
    for row, method in zip(rows, ("partonomy in", "the same network", "k-means on"), strict=True):
        assert row.startswith(method)
        assert len(row) == len(head)
        assert row.count("[") == 2
    assert page == f"page: {folder / 'demo.html'}"
    assert (folder / "demo.html").is_file()
    assert [run.name for run in (folder / "runs").iterdir()] == ["ship"]
    assert json.loads((folder / "world" / "partworld.json").read_text())["seed"] == 4


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--class", "unicorn"], "error: --class unicorn: choose from aircraft, bicycle, "),
        (["--pictures", "1"], "error: --pictures 1: choose 2 or more"),
        (["--seed", "-1"], "error: --seed -1: choose 0 or more"),
    ],
)
def test_demo_errors_are_one_line(partonomy, tmp_path, options, message):
    status, _, err = partonomy("demo", "-o", tmp_path / "demo", *options)
    assert status == 1
    assert err.startswith(message)
    assert err.count("\n") == 1
    assert not (tmp_path / "demo").exists()


@pytest.mark.real
@pytest.mark.parametrize("n_good", [7, 1])
def test_the_main_command_on_real_pictures_some_corrupt(partonomy, data, tmp_path, n_good):
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    cars = sorted((data / "images/car_parts/trainingset/JPEGImages").iterdir())[:n_good]
    for car in cars:
        (pictures / car.name).symlink_to(car)
    (pictures / "empty.jpg").touch()
    (pictures / "text.png").write_text("not a picture")
    (pictures / "cut.jpg").write_bytes(cars[0].read_bytes()[:2000])
    weights = data / "weights/squeezenet1_1/squeezenet1_1.safetensors"
    network = ["--backbone", "torchvision/squeezenet1_1", "--weights", weights]
    status, out, err = partonomy(
        "discover", pictures, *network, "--parts", 8, "-o", tmp_path / "run"
    )
    assert (status, err) == (0, "")
    assert "8 parts from" in out
    assert f"in {n_good} picture" in out
    assert "3 skipped" in out
    skipped = json.loads((tmp_path / "run" / "run.json").read_text())["skipped"]
    assert {entry["picture"] for entry in skipped} == {"empty.jpg", "text.png", "cut.jpg"}
    assert len(list((tmp_path / "run" / "masks").iterdir())) == n_good


def test_partworld_is_written_as_a_folder(partonomy, tmp_path):
    options = ("--pictures", 2, "--class", "car", "--size", 48, "--occlusion", 2, "--workers", 1)
    status, out, err = partonomy("partworld", *options, "-o", tmp_path / "world")
    assert (status, err) == (0, "")
    assert out.startswith("2 pictures of car: ")
    assert len(list((tmp_path / "world" / "truth" / "car").iterdir())) == 2
    assert json.loads((tmp_path / "world" / "annotations.json").read_text())["images"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--class", "unicorn"), "unknown class 'unicorn'; PartWorld has"),
        (("--size", 3), "at least 32 pixels, not 3"),
        (("--occlusion", 7), "a level from 0 to 3, not 7"),
        (("--pictures", 0), "at least one picture, not 0"),
    ],
)
def test_a_world_that_cannot_be_is_said_in_one_line(partonomy, tmp_path, options, message):
    status, _, err = partonomy("partworld", *options, "-o", tmp_path)
    assert status == 1
    assert message in err
    assert not list(tmp_path.iterdir())


def test_datasets_are_listed_shown_and_checked(partonomy, tmp_path):
    status, out, _ = partonomy("datasets")
    assert status == 0
    assert {"coco", "clothing", "keypoints", "masks", "run"} <= {
        line.split()[0] for line in out.splitlines() if line
    }
    status, out, _ = partonomy("datasets", "show", "coco")
    assert status == 0
    assert {"layout", "labels", "licence", "trap"} <= {line.split()[0] for line in out.splitlines()}
    (tmp_path / "images").mkdir()
    (tmp_path / "masks").mkdir()
    status, out, err = partonomy("datasets", "check", "masks", tmp_path)
    assert (status, out) == (1, "missing: names of the labels: id2label.json (0 of 1)\n")
    assert err == f"error: {tmp_path}: not all of masks is there\n"
    (tmp_path / "id2label.json").write_text('{"1": "wheel"}')
    Image.new("RGB", (4, 4)).save(tmp_path / "images" / "a.png")
    status, out, _ = partonomy("datasets", "check", "masks", tmp_path, "--read")
    assert status == 0
    assert out.splitlines() == [
        "masks: 1 pictures",
        "0 read: 0 objects, 0 parts",
        f"{tmp_path / 'masks' / 'a.png'}: missing mask: the picture was left out",
        "1 x missing mask",
    ]
    status, _, err = partonomy("datasets", "show", "cars")
    assert (status, err.count("\n")) == (1, 1)
    assert "--dataset cars: choose from" in err


def test_parts_are_scored_against_a_data_set(partonomy, photos, tmp_path):
    run = tmp_path / "run"
    assert partonomy("discover", photos, *BACKBONE, "--parts", 3, "-o", run)[0] == 0
    own = ("--backbone", "networks:small_network")
    options = (*own, "--dataset", "run", "--root", run, "-o", tmp_path / "result.json")
    status, out, err = partonomy("evaluate", run, *options)
    assert (status, err) == (0, "")
    assert out.startswith("dense/foreground, version 1: 3 parts, 12 pictures of run\n")
    lines = [line.partition("[")[0].rsplit(maxsplit=1) for line in out.splitlines()[1:-1]]
    numbers = {name.strip(): float(value) for name, value in lines}
    assert numbers["foreground IoU"] == pytest.approx(1, abs=0.02), "its own masks, by steps"
    assert numbers["NMI"] > 0.9
    result = json.loads((tmp_path / "result.json").read_text())
    assert round(result["numbers"]["NMI"]["value"], 3) == numbers["NMI"]
    for change, message in (
        (["--protocol", "dense"], f"--protocol dense: choose from {', '.join(all_protocols())}"),
        (["--foreground", "truth", "--protocol", "mpae/cub"], "--split test: run has none"),
        (["--split", "test"], "--split test: run has none"),
        (["--class", "cars"], "run: no picture with a cars could be scored"),
    ):
        status, _, err = partonomy("evaluate", run, *options, *change)
        assert (status, err) == (1, f"error: {message}\n")


def test_published_numbers_stand_beside_ours(partonomy, tmp_path):
    birds = write_birds(tmp_path / "cub")
    run = tmp_path / "run"
    found = partonomy("discover", birds / "images", *BACKBONE, "--parts", 2, "-o", run)
    assert found[0] == 0
    own = ("--backbone", "networks:small_network")
    options = (*own, "--dataset", "cub", "--root", birds, "--protocol", "choudhury2021/cub")
    status, out, err = partonomy("evaluate", run, *options)
    assert (status, err) == (0, "")
    assert "6 pictures of cub, fitted on 6" in out
    assert "(for comparison only)" in out
    assert "published by this protocol" in out
    (ours,) = (line for line in out.splitlines() if line.startswith("here "))
    assert len(ours.split()) == 2 + 6, "agreements, and the error of all and of class 001"
    (row,) = (line for line in out.splitlines() if line.startswith("Choudhury et al., released"))
    assert row.split()[-6:] == ["46.0", "21.0", "43.5", "19.6", "-", "-"]
    assert "none of it is comparable: of 5,794 pictures, not 6\n" in out
    assert "not comparable: 4 parts, not 2\n" in out


def write_birds(root):
    """Twelve birds of one species in the layout of CUB, each with two keypoints."""
    (root / "images/001.Black_footed_Albatross").mkdir(parents=True)
    (root / "parts").mkdir()
    lists = {name: [] for name in ("images", "image_class_labels", "train_test_split", "boxes")}
    places = []
    for number in range(1, 13):
        name = f"001.Black_footed_Albatross/{number}.jpg"
        generator = np.random.default_rng(number)
        picture = generator.integers(0, 80, (64, 80, 3)).astype(np.uint8)
        x, y = int(generator.integers(15, 30)), int(generator.integers(10, 25))
        picture[y : y + 30, x : x + 20] = (200, 60, 40)
        picture[y : y + 30, x + 20 : x + 40] = (40, 60, 200)
        Image.fromarray(picture).save(root / "images" / name, quality=95)
        lists["images"].append(f"{number} {name}")
        lists["image_class_labels"].append(f"{number} 1")
        lists["train_test_split"].append(f"{number} {number % 2}")
        lists["boxes"].append(f"{number} {x + 1} {y + 1} 40 30")
        places += [f"{number} 1 {x + 11} {y + 16} 1", f"{number} 2 {x + 31} {y + 16} 1"]
    lists["bounding_boxes"] = lists.pop("boxes")
    lists["classes"] = ["1 001.Black_footed_Albatross"]
    for name, lines in lists.items():
        (root / f"{name}.txt").write_text("\n".join(lines) + "\n")
    (root / "parts/parts.txt").write_text("1 beak\n2 tail\n")
    (root / "parts/part_locs.txt").write_text("\n".join(places) + "\n")
    return root


def test_protocols_say_their_rules_and_what_was_published(partonomy):
    status, out, _ = partonomy("protocols")
    assert status == 0
    for name in all_protocols():
        assert name in out
    status, out, _ = partonomy("protocols", "choudhury2021/cub")
    assert status == 0
    assert "All visible keypoints" in out
    assert "FG-ARI before its fix" in out
    assert "SCOPS, released model, 4 parts; labels in training: masks" in out
    assert "arXiv 2111.06349, table 1 (read in the paper)" in out
    status, _, err = partonomy("protocols", "cub")
    assert (status, err.count("\n")) == (1, 1)


def test_a_benchmark_is_run_and_goes_on(partonomy, tmp_path):
    plan = tmp_path / "plan.toml"
    plan.write_text("""
        title = "Trial"
        seeds = [0]
        parts = [2]
        methods = ["partonomy", "position"]
        [[network]]
        title = "small"
        backbone = "networks:small_network"
        layers = ["3"]
        size = 64
        [[data]]
        title = "faces"
        protocol = "dense/foreground"
        world = { pictures = 6, classes = ["face"], size = 64 }
        class = "face"
    """)
    status, out, err = partonomy("benchmark", plan, "-o", tmp_path / "out")
    assert (status, err) == (0, "")
    assert out.splitlines()[0] == "faces, face, small"
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "cells",
        "worlds",
        "results.html",
        "results.md",
        "results.parquet",
    }
    status, out, _ = partonomy("benchmark", plan, "-o", tmp_path / "out")
    assert out.splitlines()[0] == "done before: faces, face, small"
    status, _, err = partonomy("benchmark", tmp_path / "none.toml", "-o", tmp_path / "out")
    assert (status, err.count("\n")) == (1, 1)
