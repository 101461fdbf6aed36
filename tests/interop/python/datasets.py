"""The data of the interoperability tests: one data set for each column type.

Everything is generated, the same in every process. Started as a program, it
writes each data set as an IPC stream, with what it holds as JSON beside it:

    python datasets.py FOLDER
"""

import decimal
import json
import pathlib
import sys

import pyarrow as pa

import value_text

SLICE = (1, 3)


class DataSet:
    """Batches of one schema, and how pyarrow is to write them."""

    def __init__(self, schema, batches, options=None):
        self.schema = schema
        self.batches = batches
        self.options = options or pa.ipc.IpcWriteOptions()

    def sliced(self):
        """Rows out of the middle of each batch."""
        offset, length = SLICE
        return [
            batch.slice(min(offset, batch.num_rows), length)
            for batch in self.batches
        ]


def rows(type_, values, nullable=True):
    """A column in four batches: with nulls, empty, sliced, without nulls.

    values is a function of the row, or a list that is repeated.
    """
    if isinstance(values, list):
        choices = values
        values = lambda row: choices[row % len(choices)]
    count = 24
    items = [
        None if nullable and row % 4 == 3 and row < 16 else values(row)
        for row in range(count)
    ]
    array = make(items, type_)
    schema = pa.schema([pa.field("column", array.type, nullable)])
    parts = [array[0:7], array[7:7], array[9:14], array[16:24]]
    return DataSet(
        schema,
        [pa.record_batch([part], schema=schema) for part in parts],
    )


def make(items, type_):
    if isinstance(type_, pa.BaseExtensionType):
        storage = pa.array(items, type_.storage_type)
        return pa.ExtensionArray.from_storage(type_, storage)
    return pa.array(items, type_)


def integers(type_):
    signed = not str(type_).startswith("u")
    bits = type_.bit_width
    low = -(2 ** (bits - 1)) if signed else 0
    high = 2 ** (bits - signed) - 1
    return rows(type_, [low, high, 0, 1, 42, high - 1, low + 1])


def floats(type_, exact):
    special = [float("nan"), float("inf"), float("-inf"), -0.0]
    return rows(type_, special + exact)


def decimals(type_):
    top = 10**type_.precision - 1
    unscaled = [0, 1, -1, top, -top, 12345, -12345]

    def value(row):
        with decimal.localcontext(prec=90):
            return decimal.Decimal(
                unscaled[row % len(unscaled)]
            ).scaleb(-type_.scale)

    return rows(type_, value)


def times(type_, values):
    """Values as the integers that they are stored as."""
    bits = pa.int32() if type_.bit_width == 32 else pa.int64()
    dataset = rows(bits, values)
    schema = pa.schema([pa.field("column", type_)])
    return DataSet(
        schema,
        [
            pa.record_batch([batch.column(0).view(type_)], schema=schema)
            for batch in dataset.batches
        ],
    )


SHORT_AND_LONG = [
    "",
    "a",
    "twelve bytes",
    "thirteen byte",
    "naïve 🛩️ — Ελληνικά, 日本語",
    "x" * 300,
]
BYTES = [text.encode() for text in SHORT_AND_LONG] + [bytes(range(256))]

POINT = pa.struct(
    [
        pa.field("x", pa.int32(), nullable=False),
        pa.field("y", pa.float64()),
        pa.field("label", pa.string(), metadata={"unit": "none"}),
    ]
)


def point(row):
    return {"x": row, "y": row / 4, "label": None if row % 3 else f"p{row}"}


def deep(depth):
    type_, value = pa.int16(), 7
    for _ in range(depth):
        type_, value = pa.list_(type_), [value]
    return rows(type_, lambda row: value)


def very_nested():
    type_ = pa.list_(
        pa.struct(
            [
                ("id", pa.int64()),
                (
                    "tags",
                    pa.map_(
                        pa.string(),
                        pa.list_(
                            pa.struct([("when", pa.timestamp("ns")),
                                       ("raw", pa.binary_view())])
                        ),
                    ),
                ),
            ]
        )
    )

    def value(row):
        return [
            {
                "id": row * 10 + item,
                "tags": [
                    (
                        f"key {key}",
                        None if key == 2 else [
                            {"when": row * 10**9 + key, "raw": b"r" * row},
                            None,
                        ],
                    )
                    for key in range(item + 1)
                ],
            }
            for item in range(row % 4)
        ]

    return rows(type_, value)


def unions(mode):
    count = 24
    if mode == "dense":
        ids = pa.array([(row % 3) for row in range(count)], pa.int8())
        offsets = pa.array([row // 3 for row in range(count)], pa.int32())
        children = [
            pa.array([row if row % 2 else None for row in range(8)]),
            pa.array([f"text {row}" for row in range(8)]),
            pa.array([[row, None] for row in range(8)]),
        ]
        array = pa.UnionArray.from_dense(
            ids, offsets, children, ["number", "text", "list"]
        )
    else:
        codes = [5, 0, 7]
        ids = pa.array([codes[row % 3] for row in range(count)], pa.int8())
        children = [
            pa.array([row if row % 2 else None for row in range(count)]),
            pa.array([f"text {row}" for row in range(count)]),
            pa.array([row / 2 for row in range(count)]),
        ]
        array = pa.UnionArray.from_sparse(
            ids, children, ["number", "text", "ratio"], codes
        )
    schema = pa.schema([pa.field("column", array.type)])
    parts = [array[0:7], array[7:7], array[9:14], array[16:24]]
    return DataSet(
        schema, [pa.record_batch([part], schema=schema) for part in parts]
    )


def dictionary(indices, values=None, ordered=False):
    """One dictionary that all batches share."""
    values = values or pa.array(["red", "green", "blue", "näh"])
    type_ = pa.dictionary(indices, values.type, ordered)
    array = pa.DictionaryArray.from_arrays(
        pa.array(
            [None if row % 4 == 3 else row % len(values) for row in range(24)],
            indices,
        ),
        values,
        ordered=ordered,
    )
    schema = pa.schema([pa.field("column", type_)])
    parts = [array[0:7], array[7:7], array[9:14], array[16:24]]
    return DataSet(
        schema, [pa.record_batch([part], schema=schema) for part in parts]
    )


def changing_dictionary(dictionaries, deltas=False):
    """A dictionary of its own in every batch."""
    type_ = pa.dictionary(pa.int8(), pa.string())
    schema = pa.schema([pa.field("column", type_)])
    batches = []
    for values in dictionaries:
        indices = [None if row == 2 else row % len(values) for row in range(6)]
        array = pa.DictionaryArray.from_arrays(
            pa.array(indices, pa.int8()), pa.array(values)
        )
        batches.append(pa.record_batch([array], schema=schema))
    return DataSet(
        schema,
        batches,
        pa.ipc.IpcWriteOptions(emit_dictionary_deltas=deltas),
    )


def dictionary_in_struct():
    batches = []
    for batch in dictionary(pa.int16()).batches:
        colour = batch.column(0)
        count = len(colour)
        array = pa.StructArray.from_arrays(
            [colour, pa.array(range(count), pa.int32())],
            ["colour", "row"],
            mask=pa.array([row % 3 == 2 for row in range(count)], pa.bool_()),
        )
        schema = pa.schema([pa.field("column", array.type)])
        batches.append(pa.record_batch([array], schema=schema))
    return DataSet(batches[0].schema, batches)


def dictionary_in_list():
    colours = dictionary(pa.int8()).batches[0].column(0)
    offsets = pa.array([0, 2, None, 2, 5, 7], pa.int32())
    array = pa.ListArray.from_arrays(offsets, colours)
    schema = pa.schema([pa.field("column", array.type)])
    return DataSet(
        schema,
        [
            pa.record_batch([array], schema=schema),
            pa.record_batch([array[1:4]], schema=schema),
        ],
    )


def dictionary_in_dictionary():
    colour = pa.DictionaryArray.from_arrays(
        pa.array([2, 1, 0], pa.int8()), pa.array(["red", "green", "blue"])
    )
    values = pa.StructArray.from_arrays(
        [colour, pa.array([1.5, None, 2.5])], ["colour", "weight"]
    )
    return dictionary(pa.int16(), values)


def two_dictionaries():
    first = dictionary(pa.int8()).batches
    second = dictionary(pa.int32(), pa.array([10**12, None, -3])).batches
    schema = pa.schema(
        [
            pa.field("first", first[0].schema[0].type),
            pa.field("second", second[0].schema[0].type),
        ]
    )
    return DataSet(
        schema,
        [
            pa.record_batch([a.column(0), b.column(0)], schema=schema)
            for a, b in zip(first, second)
        ],
    )


class Celsius(pa.ExtensionType):
    """An extension type of our own, with a parameter."""

    def __init__(self, scale):
        self.scale = scale
        super().__init__(pa.float32(), "contrail.celsius")

    def __arrow_ext_serialize__(self):
        return f"scale={self.scale}".encode()

    @classmethod
    def __arrow_ext_deserialize__(cls, storage_type, serialized):
        return cls(int(serialized.decode().removeprefix("scale=")))


pa.register_extension_type(Celsius(0))


def metadata():
    schema = pa.schema(
        [
            pa.field("a", pa.int32(), metadata={"unit": "°C", "empty": ""}),
            pa.field("b", pa.string(), nullable=False),
        ],
        metadata={"origin": "interop", "größe": "x" * 1000},
    )
    batch = pa.record_batch([pa.array([1, None], pa.int32()), ["a", "b"]],
                            schema=schema)
    return DataSet(schema, [batch, batch])


def odd_metadata():
    """Bytes that are not UTF-8; keys that occur again."""
    odd = pa.KeyValueMetadata(
        [
            ("pickle", b"\x80\x04\xff\x00"),
            (b"\xfe", "key"),
            ("again", "x"),
            ("again", "x"),
        ]
    )
    child = pa.field("c", pa.int8(), metadata=odd)
    schema = pa.schema(
        [
            pa.field("a", pa.int32(), metadata=odd),
            pa.field("s", pa.struct([child]), metadata=odd),
        ],
        metadata=odd,
    )
    columns = [pa.array([1, None], pa.int32()), [{"c": 1}, {"c": 2}]]
    return DataSet(schema, [pa.record_batch(columns, schema=schema)])


def names():
    schema = pa.schema(
        [
            pa.field("", pa.int8()),
            pa.field("same", pa.int16()),
            pa.field("same", pa.string()),
            pa.field("名前 🛩️", pa.bool_()),
        ]
    )
    batch = pa.record_batch(
        [
            pa.array([1, 2], pa.int8()),
            pa.array([3, None], pa.int16()),
            pa.array([None, "x"]),
            pa.array([True, False]),
        ],
        schema=schema,
    )
    return DataSet(schema, [batch])


def many_columns(count=1000):
    schema = pa.schema(
        [
            pa.field(f"c{index}", pa.int32() if index % 2 else pa.string())
            for index in range(count)
        ]
    )
    arrays = [
        pa.array([index, None, -index], pa.int32())
        if index % 2
        else pa.array([f"v{index}", "", None])
        for index in range(count)
    ]
    batch = pa.record_batch(arrays, schema=schema)
    return DataSet(schema, [batch, batch])


def no_columns():
    array = pa.array([{}] * 5, pa.struct([]))
    batch = pa.RecordBatch.from_struct_array(array)
    return DataSet(batch.schema, [batch])


def large_batch(mebibytes=16):
    count = mebibytes * 2**20 // 16
    schema = pa.schema([("a", pa.int64()), ("b", pa.float64())])
    batch = pa.record_batch(
        [
            pa.array(range(count), pa.int64()),
            pa.array([float(row) for row in range(count)], pa.float64()),
        ],
        schema=schema,
    )
    return DataSet(schema, [batch])


def compressed(codec):
    schema = pa.schema([("n", pa.int64()), ("s", pa.string())])
    batch = pa.record_batch(
        [
            pa.array([row // 100 for row in range(20_000)], pa.int64()),
            pa.array([f"row {row % 7}" for row in range(20_000)]),
        ],
        schema=schema,
    )
    options = pa.ipc.IpcWriteOptions(compression=codec)
    return DataSet(schema, [batch, batch.slice(5, 0), batch.slice(7, 5)],
                   options)


def run_end_encoded():
    array = pa.RunEndEncodedArray.from_arrays(
        pa.array([2, 5], pa.int32()), pa.array(["a", "b"])
    )
    schema = pa.schema([pa.field("runs", array.type)])
    return DataSet(schema, [pa.record_batch([array], schema=schema)])


def list_view(type_):
    schema = pa.schema([pa.field("views", type_)])
    array = pa.array([[1, 2], None, []], type_)
    return DataSet(schema, [pa.record_batch([array], schema=schema)])


def no_batches():
    return DataSet(pa.schema([("a", pa.int32()), ("b", pa.string())]), [])


def no_rows():
    schema = pa.schema([("a", pa.int32()), ("b", pa.list_(pa.string()))])
    batch = pa.record_batch([[], []], schema=schema)
    return DataSet(schema, [batch, batch, batch])


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

# Types that apache-arrow cannot read: our side must name the field.
UNREADABLE = {
    "run end encoded": run_end_encoded,
    "list view": lambda: list_view(pa.list_view(pa.int32())),
    "large list view": lambda: list_view(pa.large_list_view(pa.int32())),
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
        _made[name] = {**DATASETS, **UNREADABLE, **RETURNED}[name]()
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
    for name in [*DATASETS, *UNREADABLE]:
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
        if name in UNREADABLE:
            continue
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
    index = {"datasets": list(DATASETS), "unreadable": list(UNREADABLE)}
    (folder / "index.json").write_text(json.dumps(index))


if __name__ == "__main__":
    write(sys.argv[1])
