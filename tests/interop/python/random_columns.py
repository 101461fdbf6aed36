"""Columns of random types, nested at random, the same for the same seed.

Values repeat, so that there are runs; offsets of lists leave values out, list
views overlap, and slices begin in the middle of everything.
"""

import datetime
import decimal
import random

import pyarrow as pa

ROWS = 37
COLUMNS = 40
SLICES = [(0, ROWS), (5, 20), (8, 8), (9, 0), (36, 1)]

LEAVES = [
    pa.null(),
    pa.bool_(),
    pa.int8(),
    pa.int16(),
    pa.int32(),
    pa.int64(),
    pa.uint8(),
    pa.uint16(),
    pa.uint32(),
    pa.uint64(),
    pa.float16(),
    pa.float32(),
    pa.float64(),
    pa.string(),
    pa.large_string(),
    pa.string_view(),
    pa.binary(),
    pa.large_binary(),
    pa.binary_view(),
    pa.binary(3),
    pa.decimal32(7, 2),
    pa.decimal64(15, 3),
    pa.decimal128(30, 4),
    pa.decimal256(60, 5),
    pa.date32(),
    pa.date64(),
    pa.time32("s"),
    pa.time32("ms"),
    pa.time64("us"),
    pa.time64("ns"),
    pa.timestamp("s", "UTC"),
    pa.timestamp("ms"),
    pa.timestamp("us"),
    pa.timestamp("ns", "Europe/Berlin"),
    pa.duration("s"),
    pa.duration("ns"),
    pa.month_day_nano_interval(),
]


class RandomColumns:
    """Makes columns; all choices are those of one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def column(self, rows, depth):
        if depth == 0 or self.random.random() < 0.1:
            return self.leaf(rows)
        makers = [
            self.list,
            self.list_view,
            self.list_view,
            self.fixed_size_list,
            self.struct,
            self.map,
            self.runs,
            self.runs,
            self.dictionary,
            self.sparse_union,
            self.dense_union,
        ]
        return self.random.choice(makers)(rows, depth - 1)

    def leaf(self, rows, types=LEAVES):
        type_ = self.random.choice(types)
        if pa.types.is_null(type_):
            return pa.nulls(rows)
        nulls = self.random.choice([0, 0, 0.3, 1])
        few = [self.value(type_) for _ in range(3)]
        values = []
        for _ in range(rows):
            if self.random.random() < nulls:
                values.append(None)
            elif self.random.random() < 0.7:
                values.append(self.random.choice(few))
            else:
                values.append(self.value(type_))
        return pa.array(values, type=type_)

    def value(self, type_):
        chance = self.random
        if pa.types.is_boolean(type_):
            return chance.random() < 0.5
        if pa.types.is_integer(type_):
            bits = type_.bit_width
            is_signed = pa.types.is_signed_integer(type_)
            least = -(2 ** (bits - 1)) if is_signed else 0
            return chance.randint(least, least + 2**bits - 1)
        if pa.types.is_floating(type_):
            return chance.choice([0.5, -1.25, 100.0, 0.0, -0.0, float("inf")])
        if pa.types.is_decimal(type_):
            most = 10 ** (type_.precision - 1)
            with decimal.localcontext() as context:
                context.prec = 80
                unscaled = decimal.Decimal(chance.randint(-most, most))
                return unscaled.scaleb(-type_.scale)
        if type_ in (pa.string(), pa.large_string(), pa.string_view()):
            length = chance.choice([0, 1, 5, 11, 12, 13, 30])
            return "".join(chance.choice("abé") for _ in range(length))
        if type_ in (pa.binary(), pa.large_binary(), pa.binary_view()):
            return chance.randbytes(chance.choice([0, 1, 12, 13, 20]))
        if type_ == pa.binary(3):
            return chance.randbytes(3)
        if pa.types.is_date(type_):
            return datetime.date(1970, 1, 1) + datetime.timedelta(
                chance.randint(-20_000, 20_000)
            )
        if pa.types.is_time(type_):
            return datetime.time(
                chance.randrange(24), chance.randrange(60), chance.randrange(60)
            )
        if pa.types.is_timestamp(type_):
            return datetime.datetime(
                1960 + chance.randrange(90), 1 + chance.randrange(12), 3, 4, 5
            )
        if pa.types.is_duration(type_):
            return datetime.timedelta(seconds=chance.randint(-(10**6), 10**6))
        return pa.MonthDayNano(
            [
                chance.randint(-99, 99),
                chance.randint(-99, 99),
                chance.randint(-(10**12), 10**12),
            ]
        )

    def mask(self, rows):
        nulls = self.random.choice([0, 0, 0.3])
        if nulls == 0:
            return None
        values = [self.random.random() < nulls for _ in range(rows)]
        return pa.array(values, pa.bool_())

    def list(self, rows, depth):
        child = self.column(2 * rows, depth)
        offsets = sorted(
            self.random.randint(0, 2 * rows) for _ in range(rows + 1)
        )
        make, width = self.random.choice(
            [(pa.ListArray, pa.int32()), (pa.LargeListArray, pa.int64())]
        )
        return make.from_arrays(
            pa.array(offsets, width), child, mask=self.mask(rows)
        )

    def list_view(self, rows, depth):
        count = rows + 3
        offsets, sizes = [], []
        end = 0
        in_order = self.random.random() < 0.3
        for _ in range(rows):
            offset = end if in_order else self.random.randint(0, count)
            size = self.random.randint(0, min(1 if in_order else 4, count - offset))
            end = offset + size
            offsets.append(offset)
            sizes.append(size)
        make, width = self.random.choice(
            [(pa.ListViewArray, pa.int32()), (pa.LargeListViewArray, pa.int64())]
        )
        return make.from_arrays(
            pa.array(offsets, width),
            pa.array(sizes, width),
            self.column(count, depth),
            mask=self.mask(rows),
        )

    def fixed_size_list(self, rows, depth):
        size = self.random.choice([1, 3])
        return pa.FixedSizeListArray.from_arrays(
            self.column(size * rows, depth), size
        )

    def struct(self, rows, depth):
        count = self.random.choice([1, 2, 3])
        return pa.StructArray.from_arrays(
            [self.column(rows, depth) for _ in range(count)],
            [f"f{index}" for index in range(count)],
            mask=self.mask(rows),
        )

    def map(self, rows, depth):
        offsets = sorted(self.random.randint(0, rows) for _ in range(rows + 1))
        keys = pa.array(range(rows), pa.int32())
        return pa.MapArray.from_arrays(
            pa.array(offsets, pa.int32()), keys, self.column(rows, depth)
        )

    def runs(self, rows, depth):
        count = self.random.randint(1, rows) if rows > 0 else 0
        inner = self.random.sample(range(1, rows), count - 1) if count else []
        ends = sorted(inner) + ([rows] if count else [])
        width = self.random.choice([pa.int16(), pa.int32(), pa.int64()])
        return pa.RunEndEncodedArray.from_arrays(
            pa.array(ends, width), self.column(count, depth)
        )

    def dictionary(self, rows, _depth):
        values = self.leaf(4, LEAVES[1:])
        width = self.random.choice(
            [pa.int8(), pa.uint8(), pa.int16(), pa.uint32(), pa.int64()]
        )
        indices = [
            None if self.random.random() < 0.2 else self.random.randrange(4)
            for _ in range(rows)
        ]
        return pa.DictionaryArray.from_arrays(pa.array(indices, width), values)

    def sparse_union(self, rows, depth):
        ids = [self.random.randrange(2) for _ in range(rows)]
        children = [self.column(rows, depth) for _ in range(2)]
        return pa.UnionArray.from_sparse(pa.array(ids, pa.int8()), children)

    def dense_union(self, rows, depth):
        ids = [self.random.randrange(2) for _ in range(rows)]
        # Offsets into a child must increase.
        ends = [self.random.randrange(3) for _ in range(2)]
        offsets = []
        for id_ in ids:
            offsets.append(ends[id_])
            ends[id_] += 1
        children = [self.column(end, depth) for end in ends]
        return pa.UnionArray.from_dense(
            pa.array(ids, pa.int8()), pa.array(offsets, pa.int32()), children
        )


def random_batches(seed):
    """Batches of one schema: all rows, and parts of them."""
    columns = RandomColumns(seed)
    made = [columns.column(ROWS, 1 + index % 3) for index in range(COLUMNS)]
    batch = pa.record_batch(made, [f"c{index}" for index in range(COLUMNS)])
    batch.validate(full=True)
    return batch.schema, [batch.slice(*part) for part in SLICES]
