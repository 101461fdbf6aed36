"""Intervals of months, and of days and milliseconds: C++ has these types, but
pyarrow has no arrays of them. So a batch is made of integers, which are what is
stored, and handed to C++ once more as intervals, by Arrow's C data interface.
"""

import ctypes

import pyarrow as pa

# The sizes of ArrowSchema and ArrowArray.
SCHEMA_BYTES, ARRAY_BYTES = 72, 80


class ArrowSchema(ctypes.Structure):
    pass


Release = ctypes.CFUNCTYPE(None, ctypes.POINTER(ArrowSchema))

ArrowSchema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.c_void_p),
    ("dictionary", ctypes.c_void_p),
    ("release", Release),
    ("private_data", ctypes.c_void_p),
]


@Release
def release(schema):
    schema.contents.release = Release()


def imported(format_):
    schema = ArrowSchema(format=format_, name=b"", release=release)
    return pa.DataType._import_from_c(ctypes.addressof(schema))


MONTH = imported(b"tiM")
DAY_TIME = imported(b"tiD")


def stored_type(data_type):
    """What a column of the type is made as."""
    if data_type == MONTH:
        return pa.int32()
    return pa.int64() if data_type == DAY_TIME else data_type


def batch_of(columns, schema):
    stored = pa.schema(
        [field.with_type(stored_type(field.type)) for field in schema],
        metadata=schema.metadata,
    )
    batch = pa.RecordBatch.from_arrays(columns, schema=stored)
    if stored == schema:
        return batch
    sizes = (ARRAY_BYTES, SCHEMA_BYTES, SCHEMA_BYTES)
    memory = [ctypes.create_string_buffer(size) for size in sizes]
    array_at, stored_at, schema_at = map(ctypes.addressof, memory)
    batch._export_to_c(array_at, stored_at)
    # Takes back what nobody needs.
    pa.Schema._import_from_c(stored_at)
    schema._export_to_c(schema_at)
    return pa.RecordBatch._import_from_c(array_at, schema_at)
