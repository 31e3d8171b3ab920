"""A table that grows: what was added comes out, in order, and its memory stays one block."""

import numpy as np

from partonomy.features.rows import GrowingRows


def test_rows_come_out_in_the_order_they_were_added() -> None:
    generator = np.random.default_rng(0)
    batches = [generator.normal(size=(n, 3)).astype(np.float32) for n in (0, 5, 2000, 1, 3000)]
    table = GrowingRows(3, np.float32)
    for done, batch in enumerate(batches):
        table.extend(batch)
        assert len(table) == sum(map(len, batches[: done + 1]))
    rows = table.take()
    np.testing.assert_array_equal(rows, np.concatenate(batches))
    assert rows.dtype == np.float32


def test_a_taken_table_is_empty_and_what_was_taken_stays() -> None:
    table = GrowingRows(1, np.int64)
    table.extend(np.array([[7]]))
    taken = table.take()
    assert len(table) == 0
    table.extend(np.array([[8], [9]]))
    assert taken.tolist() == [[7]]
    assert table.take().tolist() == [[8], [9]]
    assert table.take().shape == (0, 1)
