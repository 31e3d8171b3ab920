import pytest

from partonomy.report.summary import facts, found_nothing, on_object, warnings


def told(run):
    return " ".join(warnings(run, run.read_table("parts"), run.read_table("pictures")))


@pytest.mark.parametrize(
    ("foreground", "found", "on", "fact", "warning"),
    [
        ("auto", True, True, ("found", "foreground, without labels"), None),
        ("auto", False, False, ("none", "foreground: parts are of whole pictures"), "No object"),
        (None, False, False, ("none", "foreground: parts are of whole pictures"), "background"),
        ("/some/masks", False, True, ("given", "foreground, as masks"), None),
    ],
)
def test_how_the_foreground_was_had(run, foreground, found, on, fact, warning):
    run.file.config["foreground"] = foreground
    run.file.results["foreground_found"] = found
    assert on_object(run) is on
    assert fact in facts(run, run.read_table("pictures"))
    assert ("whole pictures" in told(run)) is not on
    assert warning is None or (warning in told(run) and "--foreground DIR" in told(run))


def test_every_warning_has_its_cause(run):
    assert told(run) == (
        "1 of 13 pictures could not be used; they are listed at the end. "
        "Only 12 pictures were used: parts settle with a few dozen."
    )
    run.file.config["backbone"]["weights"] = "random"
    run.file.config["n_parts"] = 99
    rare = run.read_table("parts")
    rare[0]["pictures"] = rare[1]["pictures"] = 0.05
    run.write_table("parts", rare)
    assert "random weights" in told(run)
    assert "99 parts were asked for, but there are visual concepts for 3 only" in told(run)
    assert "In fewer than 10% of the pictures: part_01, part_02." in told(run)


def test_a_run_without_fault_has_no_warning(run):
    run.file.skipped = []
    run.file.n_read = 5000
    assert told(run) == ""


def test_pictures_in_which_nothing_was_found_are_counted(run_with_empty):
    pictures = run_with_empty.read_table("pictures")
    assert [found_nothing(row) for row in pictures] == [True] * 2 + [False] * 10
    assert ("2", "with nothing found") in facts(run_with_empty, pictures)
