"""The data of the interoperability tests: one data set for each column type.

Everything is generated, the same in every process. Started as a program, it
writes each data set as an IPC stream, with what it holds as JSON beside it:

    python datasets.py FOLDER
"""

import json
import pathlib
import sys

import pyarrow as pa

import value_text
from dataset_makers import (
    BYTES,
    Celsius,
    DataSet,
    POINT,
    SHORT_AND_LONG,
    changing_dictionary,
    compressed,
    decimals,
    deep,
    dictionary,
    dictionary_in_dictionary,
    dictionary_in_list,
    dictionary_in_struct,
    floats,
    integers,
    large_batch,
    list_view,
    many_columns,
    metadata,
    names,
    no_batches,
    no_columns,
    no_rows,
    odd_metadata,
    point,
    rows,
    run_end_encoded,
    times,
    two_dictionaries,
    unions,
    very_nested,
)
from random_columns import random_batches

EPOCHS = [0, 1, -1, 1_700_000_000, -2_000_000_000]
LONG_EPOCHS = [0, 1, -1, 1_700_000_000_123, -(2**53) - 1, 2**62 + 1]
# What a Date of Python can show: years 1 to 9999.
DAYS = [0, 1, -1, 19_700, -20_000]

DATASETS = {
    "null": lambda: rows(pa.null(), [None]),
    "bool": lambda: rows(pa.bool_(), [True, False, False, True, True]),
    "int8": lambda: integers(pa.int8()),
    "int16": lambda: integers(pa.int16()),
    "int32": lambda: integers(pa.int32()),
    "int64": lambda: integers(pa.int64()),
    "uint8": lambda: integers(pa.uint8()),
    "uint16": lambda: integers(pa.uint16()),
    "uint32": lambda: integers(pa.uint32()),
    "uint64": lambda: integers(pa.uint64()),
    "int32 not null": lambda: rows(pa.int32(), list(range(9)), False),
    "float16": lambda: floats(pa.float16(), [1.5, -65504.0, 2.0**-24, 0.25]),
    "float32": lambda: floats(pa.float32(), [1.5, 2.0**127, 2.0**-149, 0.1]),
    "float64": lambda: floats(pa.float64(), [1.5, 1e308, 5e-324, 0.1]),
    "decimal32": lambda: decimals(pa.decimal32(9, 2)),
    "decimal64": lambda: decimals(pa.decimal64(18, 4)),
    "decimal128": lambda: decimals(pa.decimal128(38, 10)),
    "decimal256": lambda: decimals(pa.decimal256(76, 20)),
    "decimal128 negative scale": lambda: decimals(pa.decimal128(10, -3)),
    "date32": lambda: times(pa.date32(), DAYS),
    "date64": lambda: times(pa.date64(), [day * 86_400_000 for day in DAYS]),
    "time32 s": lambda: times(pa.time32("s"), [0, 1, 86_399]),
    "time32 ms": lambda: times(pa.time32("ms"), [0, 1, 86_399_999]),
    "time64 us": lambda: times(pa.time64("us"), [0, 1, 86_399_999_999]),
    "time64 ns": lambda: times(pa.time64("ns"), [0, 1, 86_399_999_999_999]),
    "timestamp s": lambda: times(pa.timestamp("s"), EPOCHS),
    "timestamp ms": lambda: times(pa.timestamp("ms"), EPOCHS),
    "timestamp us": lambda: times(pa.timestamp("us"), LONG_EPOCHS),
    "timestamp ns": lambda: times(pa.timestamp("ns"), LONG_EPOCHS),
    "timestamp us UTC": lambda: times(pa.timestamp("us", "UTC"), LONG_EPOCHS),
    "timestamp ns Paris": lambda: times(
        pa.timestamp("ns", "Europe/Paris"), LONG_EPOCHS
    ),
    "duration s": lambda: times(pa.duration("s"), LONG_EPOCHS),
    "duration ms": lambda: times(pa.duration("ms"), LONG_EPOCHS),
    "duration us": lambda: times(pa.duration("us"), LONG_EPOCHS),
    "duration ns": lambda: times(pa.duration("ns"), LONG_EPOCHS),
    "interval month day nano": lambda: rows(
        pa.month_day_nano_interval(),
        [(0, 0, 0), (1, -2, 3), (-13, 40, -(2**60)), (7, 7, 2**53 + 1)],
    ),
    "utf8": lambda: rows(pa.string(), SHORT_AND_LONG),
    "large utf8": lambda: rows(pa.large_string(), SHORT_AND_LONG),
    "utf8 view": lambda: rows(pa.string_view(), SHORT_AND_LONG),
    "binary": lambda: rows(pa.binary(), BYTES),
    "large binary": lambda: rows(pa.large_binary(), BYTES),
    "binary view": lambda: rows(pa.binary_view(), BYTES),
    "fixed size binary": lambda: rows(
        pa.binary(3), [b"abc", b"\0\0\0", b"\xff\xfe\xfd"]
    ),
    "list int32": lambda: rows(
        pa.list_(pa.int32()), [[], [1], [2, None, 3], list(range(20))]
    ),
    "list utf8 not null": lambda: rows(
        pa.list_(pa.field("item", pa.string(), nullable=False)),
        [[], ["a"], SHORT_AND_LONG],
    ),
    "large list": lambda: rows(
        pa.large_list(pa.int64()), [[], [1], [2, None, -(2**63)]]
    ),
    "fixed size list": lambda: rows(
        pa.list_(pa.float32(), 2), [[0.5, None], [1.0, 2.0]]
    ),
    "struct": lambda: rows(POINT, point),
    "struct without fields": lambda: rows(pa.struct([]), [{}]),
    "map": lambda: rows(
        pa.map_(pa.string(), pa.int32()),
        [[], [("a", 1)], [("b", None), ("a", 2), ("c", 3)]],
    ),
    "map sorted": lambda: rows(
        pa.map_(pa.int8(), pa.string(), keys_sorted=True),
        [[(1, "x"), (2, None)], []],
    ),
    "union dense": lambda: unions("dense"),
    "union sparse": lambda: unions("sparse"),
    "dictionary int8": lambda: dictionary(pa.int8()),
    "dictionary int16": lambda: dictionary(pa.int16()),
    "dictionary int32": lambda: dictionary(pa.int32()),
    "dictionary int64": lambda: dictionary(pa.int64()),
    "dictionary uint8": lambda: dictionary(pa.uint8()),
    "dictionary uint32": lambda: dictionary(pa.uint32()),
    "dictionary ordered": lambda: dictionary(pa.int8(), ordered=True),
    "dictionary with null": lambda: dictionary(
        pa.int8(), pa.array(["a", None, "c"])
    ),
    "dictionary of int64": lambda: dictionary(
        pa.int8(), pa.array([2**62, -5, 0])
    ),
    "dictionary of views": lambda: dictionary(
        pa.int8(), pa.array(SHORT_AND_LONG, pa.string_view())
    ),
    "dictionary of lists": lambda: dictionary(
        pa.int8(), pa.array([[1, 2], [], None, [3]], pa.list_(pa.int32()))
    ),
    "dictionary empty": lambda: DataSet(
        pa.schema([("column", pa.dictionary(pa.int8(), pa.string()))]),
        [
            pa.record_batch(
                [
                    pa.DictionaryArray.from_arrays(
                        pa.array([None, None, None, None], pa.int8()),
                        pa.array([], pa.string()),
                    )
                ],
                names=["column"],
            )
        ],
    ),
    "dictionary in struct": dictionary_in_struct,
    "dictionary in list": dictionary_in_list,
    "dictionary in dictionary": dictionary_in_dictionary,
    "two dictionaries": two_dictionaries,
    "dictionary replacement": lambda: changing_dictionary(
        [["a", "b"], ["c", "d", "e"], ["a"]]
    ),
    "dictionary delta": lambda: changing_dictionary(
        [["a", "b"], ["a", "b", "c"], ["a", "b", "c", "d", "e"]], True
    ),
    "extension uuid": lambda: rows(
        pa.uuid(), [bytes(range(16)), bytes(16)]
    ),
    "extension json": lambda: rows(pa.json_(), ['{"a":1}', "[]"]),
    "extension of our own": lambda: rows(Celsius(3), [36.5, -1.25]),
    "nested 20 deep": lambda: deep(20),
    "nested list struct map": very_nested,
    "metadata": metadata,
    "field names": names,
    "1000 columns": many_columns,
    "no columns": no_columns,
    "no batches": no_batches,
    "no rows": no_rows,
    "batch of 16 MiB": large_batch,
    "compression lz4": lambda: compressed("lz4"),
    "compression zstd": lambda: compressed("zstd"),
}

# Types that apache-arrow cannot read, while our side can.
ENCODED = {
    "run end encoded": run_end_encoded,
    "list view": lambda: list_view(pa.list_view(pa.int32())),
    "large list view": lambda: list_view(pa.large_list_view(pa.int32())),
    **{
        f"random columns {seed}": lambda seed=seed: DataSet(
            *random_batches(seed)
        )
        for seed in range(1, 6)
    },
}


# What apache-arrow would read otherwise: our side gives it back as it came.
RETURNED = {"metadata that is no text": odd_metadata}


def is_numbered(schema):
    """Whether pyarrow serves its batches with app_metadata.

    It cannot for dictionaries: a GeneratorStream, the only stream that takes
    app_metadata, does not send them.
    """
    return "dictionary<" not in str(schema)


_made = {}


def dataset(name):
    """The data set of that name, made once."""
    if name not in _made:
        _made[name] = {**DATASETS, **ENCODED, **RETURNED}[name]()
    return _made[name]


def file_name(name):
    return name.replace(" ", "_")


def difference(schema, batches, expected_schema, expected):
    """What differs, or None. Metadata of fields and schema count too."""
    if not schema.equals(expected_schema, check_metadata=True):
        return f"schema: {show(schema)} instead of {show(expected_schema)}"
    counts = [batch.num_rows for batch in batches]
    if counts != [batch.num_rows for batch in expected]:
        wanted = [batch.num_rows for batch in expected]
        return f"rows per batch: {counts} instead of {wanted}"
    for index, (batch, wanted) in enumerate(zip(batches, expected)):
        batch.validate(full=True)
        if batch.equals(wanted):
            continue
        values = value_text.batch_text(batch)
        wanted_values = value_text.batch_text(wanted)
        # NaN differs from itself in Arrow's comparison, but not as text.
        if values != wanted_values or not value_text.has_nan(wanted):
            return (
                f"batch {index}: {str(values)[:1000]} instead of "
                f"{str(wanted_values)[:1000]}"
            )
    return None


def show(schema):
    return schema.to_string(show_field_metadata=True).replace("\n", "; ")


def write(folder):
    """Writes every data set, and index.json with their names."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name in [*DATASETS, *ENCODED]:
        data = dataset(name)
        stem = folder / file_name(name)
        # Not compressed: apache-arrow, which reads these, has no codec.
        options = pa.ipc.IpcWriteOptions(
            emit_dictionary_deltas=data.options.emit_dictionary_deltas
        )
        with pa.ipc.new_stream(
            stem.with_suffix(".arrows"), data.schema, options=options
        ) as writer:
            for batch in data.batches:
                writer.write_batch(batch)
        # Text of 16 MiB of numbers would be an order larger.
        is_large = sum(batch.nbytes for batch in data.batches) > 2**22
        text = {
            "schema": value_text.schema_text(data.schema),
            "numbered": is_numbered(data.schema),
            "rows": [batch.num_rows for batch in data.batches],
            "batches": None
            if is_large
            else [value_text.batch_text(batch) for batch in data.batches],
        }
        stem.with_suffix(".json").write_text(json.dumps(text))
    index = {"datasets": list(DATASETS), "encoded": list(ENCODED)}
    (folder / "index.json").write_text(json.dumps(index))


if __name__ == "__main__":
    write(sys.argv[1])
