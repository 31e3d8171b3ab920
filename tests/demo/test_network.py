import time
from collections.abc import Iterator

import pytest
import torch
from safetensors.torch import load_file

from partonomy.demo.network import make_network, normalise, train
from partonomy.demo.render import CLASSES


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Tiny steps in two threads crawl when another process keeps the second core busy."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def test_scores_for_every_class_at_any_size() -> None:
    network = make_network().eval()
    for height, width in [(128, 128), (96, 200), (16, 16)]:
        assert network(torch.zeros(2, 3, height, width)).shape == (2, len(CLASSES))
    assert make_network(num_classes=3).eval()(torch.zeros(1, 3, 64, 64)).shape == (1, 3)


def test_deepest_stage_has_one_vector_per_16_pixels() -> None:
    network = make_network().eval()
    features = torch.zeros(1, 3, 192, 128)
    for stage in (network.stage1, network.stage2, network.stage3, network.stage4):
        features = stage(features)
    assert features.shape[2:] == (12, 8)


def test_network_is_small_and_conventional() -> None:
    network = make_network()
    assert sum(parameter.numel() for parameter in network.parameters()) <= 2_000_000
    assert [name for name, _ in network.named_children()][:4] == [
        "stage1",
        "stage2",
        "stage3",
        "stage4",
    ]
    assert any(isinstance(module, torch.nn.ReLU) for module in network.modules())


def test_normalise_centres_the_mean_colour_of_imagenet() -> None:
    grey = torch.tensor([124, 116, 104], dtype=torch.uint8).expand(1, 4, 5, 3)
    values = normalise(grey)
    assert values.shape == (1, 3, 4, 5)
    assert values.abs().max() < 0.02


@pytest.mark.usefixtures("one_thread")
def test_short_training_learns_saves_and_leaves_global_state_alone(tmp_path) -> None:
    weights = tmp_path / "new" / "weights.safetensors"
    reports: list[tuple[float, float, float]] = []
    state = torch.get_rng_state()
    phases = [(150, 32), (50, 40)]
    accuracy = train(weights, phases, on_progress=lambda *report: reports.append(report))
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == 1
    assert [done for done, _, _ in reports] == pytest.approx([n / 200 for n in range(1, 201)])
    assert reports[-1][1] < 0.98 * reports[0][1]
    assert reports[-1][2] > 1.2 / len(CLASSES)
    assert 0 <= accuracy <= 1
    make_network().load_state_dict(load_file(weights), strict=True)
    assert [path.name for path in weights.parent.iterdir()] == [weights.name]


@pytest.mark.usefixtures("one_thread")
def test_training_ends_the_same_however_long_it_took(tmp_path) -> None:
    def dawdle(*_report: float) -> None:
        time.sleep(0.1)

    for name, on_progress in [("quick", None), ("slow", dawdle)]:
        train(tmp_path / name, [(3, 24), (2, 32)], on_progress=on_progress)
    assert (tmp_path / "quick").read_bytes() == (tmp_path / "slow").read_bytes()


@pytest.mark.parametrize("wrong", [{"seconds": 0}, {"phases": []}, {"phases": [(0, 64)]}], ids=str)
def test_training_needs_steps_and_time(tmp_path, wrong) -> None:
    with pytest.raises(ValueError, match="steps and time"):
        train(tmp_path / "weights.safetensors", **wrong)


@pytest.mark.usefixtures("one_thread")
def test_training_is_cut_short_where_there_is_no_time(tmp_path) -> None:
    reports: list[float] = []
    weights = tmp_path / "weights.safetensors"
    train(weights, [(10**6, 24), (10**6, 32)], 2, on_progress=lambda done, *_: reports.append(done))
    assert reports[-1] == 1.0
    assert weights.exists()


@pytest.mark.usefixtures("one_thread")
def test_training_ends_even_when_preparing_takes_all_the_time(tmp_path) -> None:
    reports: list[float] = []
    weights = tmp_path / "weights.safetensors"
    train(weights, [(100, 32)], 1e-6, on_progress=lambda done, *_: reports.append(done))
    assert reports == [1.0]
    assert weights.exists()
