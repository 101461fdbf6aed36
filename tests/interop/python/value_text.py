"""What the columns of a batch hold, as JSON that TypeScript can compare.

The same form is made by value_text.ts. Everything that a JSON number could
not hold exactly is text: 64-bit integers, decimals (unscaled), times, NaN.
"""

import math

import pyarrow as pa
import pyarrow.types as pt


def schema_text(schema):
    """Fields by name, type and metadata, in the order of the schema."""
    return {
        "fields": [field_text(field) for field in schema],
        "metadata": metadata_text(schema.metadata),
    }


def field_text(field):
    metadata = dict(field.metadata or {})
    if isinstance(field.type, pa.BaseExtensionType):
        # What travels, and what apache-arrow shows: storage and metadata.
        metadata[b"ARROW:extension:name"] = field.type.extension_name.encode()
        # The built-in types that are used here have no parameters.
        serialize = getattr(field.type, "__arrow_ext_serialize__", bytes)
        metadata[b"ARROW:extension:metadata"] = serialize()
    return {
        "name": field.name,
        "type": str(storage_type(field.type)),
        "nullable": field.nullable,
        "metadata": metadata_text(metadata),
    }


def storage_type(type_):
    while isinstance(type_, pa.BaseExtensionType):
        type_ = type_.storage_type
    return type_


def metadata_text(metadata):
    return sorted(
        [key.decode(), value.decode()]
        for key, value in (metadata or {}).items()
    )


def batch_text(batch):
    """The values, column by column."""
    return [array_text(column) for column in batch.columns]


def array_text(array):
    return [scalar_text(array[index]) for index in range(len(array))]


def scalar_text(scalar):
    if isinstance(scalar, pa.ExtensionScalar):
        return scalar_text(scalar.value) if scalar.is_valid else None
    if isinstance(scalar, pa.UnionScalar):
        return scalar_text(scalar.value) if scalar.is_valid else None
    if isinstance(scalar, pa.RunEndEncodedScalar):
        return scalar_text(scalar.value)
    if not scalar.is_valid:
        return None
    type_ = scalar.type
    if pt.is_dictionary(type_):
        return scalar_text(scalar.value)
    if pt.is_boolean(type_):
        return scalar.as_py()
    if pt.is_integer(type_):
        return str(scalar.as_py()) if type_.bit_width == 64 else scalar.as_py()
    if pt.is_floating(type_):
        return float_text(float(scalar.as_py()))
    if pt.is_decimal(type_):
        sign, digits, exponent = scalar.as_py().as_tuple()
        assert exponent == -type_.scale
        return ("-" if sign else "") + "".join(map(str, digits))
    if pt.is_interval(type_):
        months, days, nanoseconds = scalar.as_py()
        return [months, days, str(nanoseconds)]
    if pt.is_temporal(type_):
        return str(scalar.value)
    if isinstance(
        scalar, (pa.StringScalar, pa.LargeStringScalar, pa.StringViewScalar)
    ):
        return scalar.as_py()
    if isinstance(
        scalar,
        (
            pa.BinaryScalar,
            pa.LargeBinaryScalar,
            pa.BinaryViewScalar,
            pa.FixedSizeBinaryScalar,
        ),
    ):
        return scalar.as_py().hex()
    if pt.is_map(type_):
        return [
            [scalar_text(entry[0]), scalar_text(entry[1])]
            for entry in (
                scalar.values[index] for index in range(len(scalar.values))
            )
        ]
    if pt.is_struct(type_):
        # Pairs: names may be empty, and may repeat.
        return [
            [type_[index].name, scalar_text(scalar[index])]
            for index in range(type_.num_fields)
        ]
    if isinstance(
        scalar,
        (
            pa.ListScalar,
            pa.LargeListScalar,
            pa.ListViewScalar,
            pa.LargeListViewScalar,
            pa.FixedSizeListScalar,
        ),
    ):
        return array_text(scalar.values)
    raise TypeError(f"no text for {type_}")


def float_text(value):
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 and math.copysign(1, value) < 0:
        return "-0"
    return value


def has_nan(batch):
    """Arrow's own comparison says that NaN differs from NaN."""
    return "NaN" in str(batch_text(batch))
