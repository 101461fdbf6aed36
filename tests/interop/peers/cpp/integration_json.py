"""Reads the JSON format of Arrow's integration tests into pyarrow.

Arrays are made of their buffers, and validated by Arrow C++.
"""

import json
import struct

import pyarrow as pa

import intervals

UNITS = {
    "SECOND": "s",
    "MILLISECOND": "ms",
    "MICROSECOND": "us",
    "NANOSECOND": "ns",
}

SIMPLE_TYPES = {
    "null": pa.null(),
    "bool": pa.bool_(),
    "binary": pa.binary(),
    "largebinary": pa.large_binary(),
    "binaryview": pa.binary_view(),
    "utf8": pa.string(),
    "largeutf8": pa.large_string(),
    "utf8view": pa.string_view(),
}

LIST_TYPES = {
    "list": pa.list_,
    "largelist": pa.large_list,
    "listview": pa.list_view,
    "largelistview": pa.large_list_view,
}

DECIMAL_TYPES = {
    32: pa.decimal32,
    64: pa.decimal64,
    128: pa.decimal128,
    256: pa.decimal256,
}

FLOAT_TYPES = {
    "HALF": pa.float16(),
    "SINGLE": pa.float32(),
    "DOUBLE": pa.float64(),
}

INTERVAL_TYPES = {
    "YEAR_MONTH": intervals.MONTH,
    "DAY_TIME": intervals.DAY_TIME,
    "MONTH_DAY_NANO": pa.month_day_nano_interval(),
}

# What struct calls an integer of so many bits; capital where it is unsigned.
INT_CODES = {8: "b", 16: "h", 32: "i", 64: "q"}


def read_file(path):
    """The schema of a file and its batches."""
    with open(path, encoding="utf-8") as file:
        return Reader(json.load(file)).read()


def metadata_of(json_object):
    pairs = json_object.get("metadata") or []
    return {pair["key"]: pair["value"] for pair in pairs} or None


class Reader:
    def __init__(self, document):
        self.document = document
        # The fields of the values of dictionaries, by id.
        self.value_fields = {}
        self.dictionaries = {
            batch["id"]: batch["data"]["columns"][0]
            for batch in document.get("dictionaries", [])
        }

    def read(self):
        json_schema = self.document["schema"]
        schema = pa.schema(
            [self.field(field) for field in json_schema["fields"]],
            metadata=metadata_of(json_schema),
        )
        batches = [
            intervals.batch_of(
                [
                    self.column(field, column)
                    for field, column in zip(
                        json_schema["fields"], batch["columns"], strict=True
                    )
                ],
                schema,
            )
            for batch in self.document["batches"]
        ]
        for batch in batches:
            batch.validate(full=True)
        return schema, batches

    # Types

    def field(self, json_field):
        data_type = self.value_type(json_field)
        dictionary = json_field.get("dictionary")
        if dictionary:
            self.value_fields[dictionary["id"]] = json_field
            data_type = pa.dictionary(
                int_type(dictionary["indexType"]),
                data_type,
                dictionary["isOrdered"],
            )
        return pa.field(
            json_field["name"],
            data_type,
            json_field["nullable"],
            metadata_of(json_field),
        )

    def value_type(self, json_field):
        """Of a field with a dictionary, the type of its values."""
        json_type = json_field["type"]
        name = json_type["name"]
        children = [self.field(child) for child in json_field["children"]]
        if name in SIMPLE_TYPES:
            return SIMPLE_TYPES[name]
        if name in LIST_TYPES:
            return LIST_TYPES[name](children[0])
        match name:
            case "int":
                return int_type(json_type)
            case "floatingpoint":
                return FLOAT_TYPES[json_type["precision"]]
            case "decimal":
                return DECIMAL_TYPES[json_type.get("bitWidth", 128)](
                    json_type["precision"], json_type["scale"]
                )
            case "date":
                is_day = json_type["unit"] == "DAY"
                return pa.date32() if is_day else pa.date64()
            case "time":
                is_32 = json_type["bitWidth"] == 32
                make = pa.time32 if is_32 else pa.time64
                return make(UNITS[json_type["unit"]])
            case "timestamp":
                unit = UNITS[json_type["unit"]]
                return pa.timestamp(unit, json_type.get("timezone"))
            case "duration":
                return pa.duration(UNITS[json_type["unit"]])
            case "interval":
                return INTERVAL_TYPES[json_type["unit"]]
            case "fixedsizebinary":
                return pa.binary(json_type["byteWidth"])
            case "fixedsizelist":
                return pa.list_(children[0], json_type["listSize"])
            case "struct":
                return pa.struct(children)
            case "map":
                key, value = children[0].type
                return pa.map_(key, value, json_type["keysSorted"])
            case "union":
                return pa.union(
                    children, json_type["mode"].lower(), json_type["typeIds"]
                )
            case "runendencoded":
                return pa.run_end_encoded(children[0].type, children[1].type)
        raise TypeError(f"pyarrow has no type {json_type}")

    # Values

    def column(self, json_field, column):
        dictionary = json_field.get("dictionary")
        if dictionary is None:
            return self.values(json_field, column)
        indices = fixed(int_type(dictionary["indexType"]), column)
        value_field = self.value_fields[dictionary["id"]]
        values = self.values(value_field, self.dictionaries[dictionary["id"]])
        return pa.DictionaryArray.from_arrays(
            indices, values, ordered=dictionary["isOrdered"]
        )

    def values(self, json_field, column):
        """Of a field with a dictionary, an array of its values."""
        data_type = self.value_type(json_field)
        children = [
            self.column(child_field, child)
            for child_field, child in zip(
                json_field["children"], column.get("children", []), strict=True
            )
        ]
        if not children and "DATA" in column and "OFFSET" not in column:
            return fixed(data_type, column)
        if pa.types.is_run_end_encoded(data_type):
            return pa.RunEndEncodedArray.from_buffers(
                data_type, column["count"], [None], children=children
            )
        return pa.Array.from_buffers(
            data_type,
            column["count"],
            buffers_of(json_field["type"], column),
            null_count(column),
            children=children,
        )


def int_type(json_type):
    sign = "" if json_type["isSigned"] else "u"
    return getattr(pa, f"{sign}int{json_type['bitWidth']}")()


def pack(code, values):
    return pa.py_buffer(struct.pack(f"<{len(values)}{code}", *values))


def bitmap(values):
    bits = bytearray((len(values) + 7) // 8)
    for row, value in enumerate(values):
        if value:
            bits[row // 8] |= 1 << row % 8
    return pa.py_buffer(bytes(bits))


def null_count(column):
    """Maps refuse entries whose nulls have not been counted."""
    return column["VALIDITY"].count(0) if "VALIDITY" in column else -1


def buffers_of(json_type, column):
    """The buffers of a type that has no fixed width."""
    name = json_type["name"]
    if name == "null":
        return [None]
    if name == "union":
        ids = pack("b", column["TYPE_ID"])
        if json_type["mode"] == "SPARSE":
            return [None, ids]
        return [None, ids, pack("i", column["OFFSET"])]
    buffers = [bitmap(column["VALIDITY"])]
    if "VIEWS" in column:
        is_text = name == "utf8view"
        views = [view_bytes(view, is_text) for view in column["VIEWS"]]
        data = column["VARIADIC_DATA_BUFFERS"]
        return [
            *buffers,
            pa.py_buffer(b"".join(views)),
            *(pa.py_buffer(bytes.fromhex(buffer)) for buffer in data),
        ]
    code = "q" if name.startswith("large") else "i"
    for key in ("OFFSET", "SIZE"):
        if key in column:
            buffers.append(pack(code, [int(value) for value in column[key]]))
    if "DATA" in column:
        is_text = name.endswith("utf8")
        values = [value_bytes(value, is_text) for value in column["DATA"]]
        buffers.append(pa.py_buffer(b"".join(values)))
    return buffers


def value_bytes(value, is_text):
    return value.encode() if is_text else bytes.fromhex(value)


def view_bytes(view, is_text):
    size = view["SIZE"]
    if "INLINED" in view:
        return struct.pack("<i12s", size, value_bytes(view["INLINED"], is_text))
    return struct.pack(
        "<i4sii",
        size,
        bytes.fromhex(view["PREFIX_HEX"]),
        view["BUFFER_INDEX"],
        view["OFFSET"],
    )


def fixed(data_type, column):
    """An array of a fixed width."""
    buffers = [bitmap(column["VALIDITY"]), fixed_values(data_type, column["DATA"])]
    return pa.Array.from_buffers(
        intervals.stored_type(data_type),
        column["count"],
        buffers,
        null_count(column),
    )


def fixed_values(data_type, values):
    if pa.types.is_boolean(data_type):
        return bitmap(values)
    if pa.types.is_floating(data_type):
        return pack({16: "e", 32: "f", 64: "d"}[data_type.bit_width], values)
    if pa.types.is_fixed_size_binary(data_type):
        return pa.py_buffer(bytes.fromhex("".join(values)))
    if pa.types.is_decimal(data_type):
        width = data_type.bit_width // 8
        numbers = (int(value) for value in values)
        return pa.py_buffer(
            b"".join(
                number.to_bytes(width, "little", signed=True)
                for number in numbers
            )
        )
    if data_type == intervals.DAY_TIME:
        return pa.py_buffer(
            b"".join(
                struct.pack("<ii", value["days"], value["milliseconds"])
                for value in values
            )
        )
    if pa.types.is_interval(data_type):
        keys = ("months", "days", "nanoseconds")
        return pa.py_buffer(
            b"".join(
                struct.pack("<iiq", *(value[key] for key in keys))
                for value in values
            )
        )
    code = INT_CODES[data_type.bit_width]
    if pa.types.is_unsigned_integer(data_type):
        code = code.upper()
    return pack(code, [int(value) for value in values])
