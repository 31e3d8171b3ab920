"""What the short names of PASCAL-Part become when they are merged, and which are kept."""

from partonomy.datasets.pascal_parts import MERGED, PUBLISHED, RAW, kept_parts, part_schema


def test_the_published_list_has_105_parts_of_16_classes():
    assert sum(map(len, PUBLISHED.values())) == 105
    assert sum(map(bool, PUBLISHED.values())) == 16
    assert [len(names) for names in PUBLISHED.values() if names] == [
        *(4, 4, 8, 2, 10, 10, 9, 8, 9, 7, 3, 8, 2, 8, 12, 1)
    ]
    assert PUBLISHED["person"] == ("head", "hair", "torso", "neck", "arm", "hand", "leg", "foot")
    assert MERGED["bird"]["lfoot"] == "foot" and MERGED["horse"]["rbho"] == "hoof"
    assert MERGED["cat"]["rear"] == "ear" and MERGED["bus"]["bliplate"] == "liplate"
    for class_name in RAW:
        mirrored = part_schema(class_name, merged=False).mirrored
        assert all(
            MERGED[class_name][name] == MERGED[class_name][other]
            for name, other in mirrored.items()
            if not name.endswith("side")
        )


def test_parts_that_are_tiny_or_rare_are_not_kept():
    sizes = {"eye": [15.0] * 10, "ear": [15.5] * 10, "tail": [99.0] * 9, "nose": []}
    assert kept_parts(sizes) == ("ear",)
    assert kept_parts(sizes, least_size=10, least_count=9) == ("eye", "ear", "tail")
