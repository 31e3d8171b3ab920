"""The report: one HTML file that shows a run to a person, with nothing to fetch."""

from __future__ import annotations

from pathlib import Path

from partonomy.errors import PartonomyError
from partonomy.parts import Run
from partonomy.report.cards import colour_of, galleries, part_cards
from partonomy.report.pages import write_page
from partonomy.report.plots import davies_bouldin_svg, losses_svg, stability_svg, tree_svg
from partonomy.report.summary import facts, on_object, warnings
from partonomy.report.tree import read_tree

MAX_LISTED = 200


def write_report(run: Run) -> Path:
    """Write ``report.html`` into a finished run of discover.

    Pictures are read again from where they were; those that are gone are left out.

    Raises:
        PartonomyError: the run is of another kind, or lacks a table, or the page cannot be written.
    """
    if run.file.kind != "discover":
        raise PartonomyError(f"{run.folder} is a run of {run.file.kind}: a report needs discover's")
    names = ("pictures", "parts", "concepts", "curve", "stability", "tree")
    pictures, parts, concepts, curve, stability, tree = map(run.read_table, names)
    training = run.file.results.get("training")
    root = read_tree(tree)
    part_names = {row["part"]: row["name"] for row in parts}
    cards = part_cards(run, root, parts, concepts)
    drawing, joins = tree_svg(root, part_names, colour_of)
    write_page(
        run.report,
        __package__,
        "report.html",
        run=run.file,
        title=Path(run.file.config["root"]).name or "pictures",
        on_object=on_object(run),
        facts=facts(run, pictures),
        warnings=warnings(run, parts, pictures),
        parts=cards,
        tree=drawing,
        joins=joins,
        leaves=[cards[branch.part - 1] for branch in root.parts() if branch.part is not None],
        galleries=galleries(run, pictures, len(parts)),
        stability=stability_svg(stability, run.file.results["n_parts"]),
        training=training,
        losses=losses_svg(run.read_table("losses") if training else []),
        davies_bouldin=davies_bouldin_svg(curve, run.file.results["n_concepts"]),
        max_listed=MAX_LISTED,
    )
    return run.report
