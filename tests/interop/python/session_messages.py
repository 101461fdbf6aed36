"""The messages of session options, by hand: pyarrow has none."""

import struct


def varint(value):
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def fields(message):
    """Number and value of each field: bytes, or an int of 64 bits."""
    at = 0

    def read_varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        tag = read_varint()
        if tag & 7 == 0:
            yield tag >> 3, read_varint()
        else:
            length = 8 if tag & 7 == 1 else read_varint()
            yield tag >> 3, message[at : at + length]
            at += length


def encode_value(value):
    """None unsets the option."""
    if value is None:
        return b""
    if isinstance(value, str):
        return field(1, value.encode())
    if isinstance(value, bool):
        return varint(2 << 3) + varint(int(value))
    if isinstance(value, int):
        return varint(3 << 3 | 1) + struct.pack("<q", value)
    if isinstance(value, float):
        return varint(4 << 3 | 1) + struct.pack("<d", value)
    return field(5, b"".join(field(1, one.encode()) for one in value))


def decode_value(message):
    for number, value in fields(message):
        if number == 1:
            return value.decode()
        if number == 2:
            return bool(value)
        if number == 3:
            return struct.unpack("<q", value)[0]
        if number == 4:
            return struct.unpack("<d", value)[0]
        return [one.decode() for _, one in fields(value)]
    return None


def encode_options(options):
    """SetSessionOptionsRequest and GetSessionOptionsResult."""
    return b"".join(
        field(1, field(1, name.encode()) + field(2, encode_value(value)))
        for name, value in options.items()
    )


def decode_options(message):
    return dict(entry(e, decode_value) for _, e in fields(message))


def decode_errors(message):
    """SetSessionOptionsResult: numbers of errors by name."""
    return dict(
        entry(e, lambda error: dict(fields(error)).get(1, 0))
        for _, e in fields(message)
    )


def decode_status(message):
    """CloseSessionResult."""
    return dict(fields(message)).get(1, 0)


def entry(message, decode):
    parts = dict(fields(message))
    return parts[1].decode(), decode(parts.get(2, b""))
