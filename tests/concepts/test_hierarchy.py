import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fcluster, is_valid_linkage, linkage

from partonomy.concepts.hierarchy import cut, order_by_weight, part_tree, weighted_ward


def test_is_scipys_ward_where_weights_are_equal():
    points = np.random.default_rng(0).normal(size=(40, 6))
    ours = weighted_ward(points, np.ones(40))
    theirs = linkage(points, "ward")
    np.testing.assert_allclose(2 * ours[:, 2], theirs[:, 2] ** 2, rtol=1e-9)
    for n_parts in (2, 5, 11):
        assert _partition(cut(ours, n_parts)) == _partition(fcluster(theirs, n_parts, "maxclust"))


def test_a_weight_counts_as_so_many_points_in_one_place():
    generator = np.random.default_rng(1)
    points, weights = generator.normal(size=(12, 3)), generator.integers(1, 6, 12)
    ours = weighted_ward(points, weights)
    repeated = linkage(np.repeat(points, weights, axis=0), "ward")
    heights = repeated[repeated[:, 2] > 1e-7, 2] ** 2 / 2
    np.testing.assert_allclose(ours[:, 2], heights, rtol=1e-6)


@given(st.integers(2, 30), st.integers(0, 10**6))
def test_tree_is_valid_and_cuts_are_nested(count, seed):
    generator = np.random.default_rng(seed)
    tree = weighted_ward(generator.normal(size=(count, 4)), generator.random(count) + 0.01)
    assert is_valid_linkage(tree)
    finer = cut(tree, count)
    assert sorted(finer) == list(range(count))
    for n_parts in range(count - 1, 0, -1):
        coarser = cut(tree, n_parts)
        assert len(set(coarser)) == n_parts
        pairs = set(zip(finer.tolist(), coarser.tolist(), strict=True))
        assert len(pairs) == len(set(finer)), "each finer branch lies in one coarser branch"
        finer = coarser


def test_more_parts_than_concepts_gives_every_concept():
    assert len(set(cut(weighted_ward(np.eye(3), np.ones(3)), 8))) == 3


def test_a_single_concept_is_a_tree():
    tree = part_tree(np.ones((1, 4)), np.array([7]), np.zeros((0, 2), int))
    assert tree.shape == (0, 4)
    assert cut(tree, 5).tolist() == [0]


def test_branches_are_numbered_by_weight():
    assert order_by_weight(np.array([0, 1, 1, 2]), np.array([2, 1, 8, 1])).tolist() == [1, 0, 0, 2]


def test_concepts_that_occur_side_by_side_join_where_looks_do_not_tell():
    """Six concepts look equally different; 0-1-2 lie together on pictures, and 3-4-5."""
    populations = np.full(6, 10)
    within = [(a, b) for group in ((0, 1, 2), (3, 4, 5)) for a in group for b in group]
    pairs = np.array(within * 20)
    branch = cut(part_tree(10 * np.eye(6), populations, pairs), 2)
    assert branch.tolist() == [0, 0, 0, 1, 1, 1]


def test_concepts_that_look_alike_join_where_company_does_not_tell():
    looks = np.array([[1, 0.1, 0, 0], [1, -0.1, 0, 0], [0, 0, 1, 0.1], [0, 0, 1, -0.1]])
    pairs = np.array([(a, b) for a in range(4) for b in range(4)] * 5)
    assert cut(part_tree(looks, np.ones(4, int), pairs), 2).tolist() == [0, 0, 1, 1]


def test_place_on_the_object_tells_where_looks_and_company_do_not():
    """Four concepts look equally different and occur all together; two lie above, two below."""
    populations, pairs = np.full(4, 10), np.array([(a, b) for a in range(4) for b in range(4)] * 5)
    places = np.zeros((4, 8, 8))
    places[[0, 2], :3], places[[1, 3], 5:] = 1 / 24, 1 / 24
    tree = part_tree(10 * np.eye(4), populations, pairs, places)
    assert cut(tree, 2).tolist() == [0, 1, 0, 1]


def test_place_does_not_outvote_looks():
    looks = np.array([[1, 0.1, 0, 0], [1, -0.1, 0, 0], [0, 0, 1, 0.1], [0, 0, 1, -0.1]])
    pairs = np.array([(a, b) for a in range(4) for b in range(4)] * 5)
    places = np.zeros((4, 8, 8))
    places[[0, 2], :3], places[[1, 3], 5:] = 1 / 24, 1 / 24
    assert cut(part_tree(looks, np.ones(4, int), pairs, places), 2).tolist() == [0, 0, 1, 1]


def test_concepts_of_one_picture_do_not_join_for_being_of_one_picture():
    """Two parts in each of four pictures, which differ, with concepts of their own."""
    part, picture = np.divmod(np.arange(8), 4)
    looks = np.hstack([np.eye(2)[part], 0.5 * np.eye(4)[picture]])
    pairs = np.array([(a, b) for a in range(8) for b in range(8) if picture[a] == picture[b]] * 5)
    branch = cut(part_tree(10 * looks, np.full(8, 10), pairs), 2)
    assert branch.tolist() == part.tolist()


def test_a_concept_never_seen_beside_another_does_no_harm():
    pairs = np.array([(0, 1), (1, 0)])
    tree = part_tree(np.eye(3), np.ones(3, int), pairs)
    assert np.isfinite(tree).all()


def _partition(labels):
    return frozenset(
        frozenset(np.flatnonzero(labels == value).tolist()) for value in set(labels.tolist())
    )
