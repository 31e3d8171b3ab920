import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage

from partonomy.report.tree import read_tree


def rows_of(joins, shares, parts):
    """The table of a tree that is given as SciPy gives it."""
    count = len(shares)
    below = [[concept] for concept in range(count)]
    parent = {}
    for step, (first, second) in enumerate(joins):
        below.append(below[first] + below[second])
        parent |= {first: count + step, second: count + step}
    return [
        {
            "node": node,
            "parent": parent.get(node),
            "share": float(sum(shares[concept] for concept in below[node])),
            "n_concepts": len(below[node]),
            "concept": node + 1 if node < count else None,
            "part": part.pop() if len(part := {parts[c] for c in below[node]}) == 1 else None,
        }
        for node in reversed(range(2 * count - 1))
    ]


def test_tree_is_read_from_its_table():
    """((1 2) (3 4)) with the parts {1, 2}, {3} and {4}."""
    root = read_tree(rows_of([(2, 3), (0, 1), (4, 5)], [0.1, 0.2, 0.3, 0.4], [3, 3, 2, 1]))
    assert root.part is None
    assert root.divides_at == 2
    assert [child.divides_at for child in root.children] == [4, 3], "the larger first"
    assert [branch.part for branch in root.parts()] == [1, 2, 3]
    assert [branch.divides_at for branch in root.parts()] == [0, 0, 3]
    assert list(root.parts())[2].commonest_concept() == 2
    assert root.commonest_concept() == 4
    assert root.concept is None


def test_a_tree_of_one_concept():
    root = read_tree(rows_of([], [1.0], [1]))
    assert (root.part, root.concept, root.divides_at, root.children) == (1, 1, 0, ())
    assert list(root.parts()) == [root]


def test_divides_at_is_where_a_cut_divides():
    """Against SciPy's own cuts of a tree of its own."""
    points = np.random.default_rng(0).random((24, 3))
    joins = linkage(points, "ward")
    root = read_tree(rows_of(joins[:, :2].astype(int), [1 / 24] * 24, range(24)))

    def concepts(branch):
        own = [] if branch.concept is None else [branch.concept - 1]
        return own + [concept for child in branch.children for concept in concepts(child)]

    def check(branch):
        members = concepts(branch)
        for n_parts in range(1, 25):
            labels = fcluster(joins, n_parts, "maxclust")[members]
            assert (len(set(labels)) == 1) == (n_parts < (branch.divides_at or 25))
        for child in branch.children:
            check(child)

    check(root)


def test_a_runs_own_tree_has_its_parts(run):
    parts = run.read_table("parts")
    root = read_tree(run.read_table("tree"))
    assert abs(root.share - 1) < 1e-6
    assert sorted(branch.part for branch in root.parts()) == [row["part"] for row in parts]
    assert all(branch.divides_at > len(parts) for branch in root.parts() if branch.children)
