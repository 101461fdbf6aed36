"""Makes the data sets of datasets.py."""

import decimal

import pyarrow as pa

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
