"""The data of several scenarios: one column, without nulls."""

import pyarrow as pa

INT32 = pa.schema([pa.field("number", pa.int32(), nullable=False)])
UINT32 = pa.schema([pa.field("number", pa.uint32(), nullable=False)])


def batch(schema, numbers):
    return pa.record_batch([pa.array(numbers, schema.field(0).type)], schema)


def equal(found, wanted):
    assert found == wanted, f"{found!r} instead of {wanted!r}"
