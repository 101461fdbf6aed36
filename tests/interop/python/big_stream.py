"""Batches of 1 MiB whose every value can be told from its place.

big_stream.ts makes the same ones.
"""

import pyarrow as pa

ROWS = 65_536
SCHEMA = pa.schema([("row", pa.int64()), ("value", pa.float64())])

_values = pa.array([row / 2 for row in range(ROWS)], pa.float64())
_rows = [
    # The number of the batch, modulo 8, shows batches that changed places.
    pa.array(range(residue, residue + ROWS), pa.int64())
    for residue in range(8)
]


def batch(index):
    """The batch at that place of the stream."""
    return pa.record_batch([_rows[index % 8], _values], schema=SCHEMA)


def check(found, index):
    """Raises unless it is the batch of that place."""
    if not found.equals(batch(index)):
        raise pa.ArrowInvalid(f"batch {index} is not what was sent")
