"""What pyarrow's benchmark client and server share: messages and data.

The messages of perf.proto are written by hand: two are not worth a compiler.
"""

import array
import os
import random
import sys
import threading

import pyarrow as pa

SCHEMA = pa.schema([(name, pa.int64()) for name in "abcd"])
TEXT_BYTES = 20
LIST_LENGTH = 4
DICTIONARY_SIZE = 1000
LETTERS = bytes(97 + byte % 26 for byte in range(256))


def _columns(data):
    return int(data.removeprefix("columns:"))


def bytes_per_row(data):
    """Bytes of a row in all figures, as perf_data.ts counts them."""
    if data.startswith("columns:"):
        return 8 * _columns(data)
    return {"int64": 32, "numbers": 32, "strings": 48, "nested": 44, "dictionaries": 16}[
        data
    ]


def batch(data, rows):
    """The batch of that many rows, laid out as that of perf_data.ts."""
    if data == "int64":
        make, count = _int64, 4
    elif data == "numbers":
        make, count = _numbers, 4
    elif data == "strings":
        make, count = _texts, 2
    elif data == "nested":
        make, count = _nested, 1
    elif data == "dictionaries":
        make, count = _dictionary, 4
    else:
        make, count = _nullable_int64, _columns(data)
    columns = [make(rows, seed) for seed in range(count)]
    names = "abcd" if count == 4 else [f"c{i}" for i in range(count)]
    return pa.record_batch(columns, names=list(names))


def _random(size, seed):
    return random.Random(seed).randbytes(size)


def _nulls(rows):
    """A bitmap in which every tenth row is null."""
    bitmap = bytearray(b"\xff" * ((rows + 7) // 8))
    for row in range(0, rows, 10):
        bitmap[row >> 3] &= ~(1 << (row & 7))
    return pa.py_buffer(bytes(bitmap))


def _offsets(rows, step):
    return pa.py_buffer(array.array("i", range(0, (rows + 1) * step, step)).tobytes())


def _int64(rows, seed):
    buffers = [None, pa.py_buffer(_random(rows * 8, seed))]
    return pa.Array.from_buffers(pa.int64(), rows, buffers)


def _nullable_int64(rows, seed):
    buffers = [_nulls(rows), pa.py_buffer(_random(rows * 8, seed))]
    return pa.Array.from_buffers(pa.int64(), rows, buffers)


def _small(code, rows, seed):
    numbers = array.array("I", _random(rows * 4, seed))
    return pa.py_buffer(array.array(code, (n % 1000 for n in numbers)).tobytes())


def _numbers(rows, seed):
    return pa.Array.from_buffers(pa.int64(), rows, [None, _small("q", rows, seed)])


def _texts(rows, seed):
    text = _random(rows * TEXT_BYTES, seed).translate(LETTERS)
    buffers = [_nulls(rows), _offsets(rows, TEXT_BYTES), pa.py_buffer(text)]
    return pa.Array.from_buffers(pa.utf8(), rows, buffers)


def _nested(rows, seed):
    items = rows * LIST_LENGTH
    item = pa.Array.from_buffers(
        pa.int32(), items, [None, pa.py_buffer(_random(items * 4, seed))]
    )
    lists = pa.Array.from_buffers(
        pa.list_(pa.int32()),
        rows,
        [_nulls(rows), _offsets(rows, LIST_LENGTH)],
        children=[item],
    )
    flags = pa.Array.from_buffers(
        pa.bool_(), rows, [None, pa.py_buffer(_random((rows + 7) // 8, seed))]
    )
    children = [_texts(rows, seed), lists, flags]
    names = ["text", "list", "flag"]
    return pa.Array.from_buffers(
        pa.struct([(name, child.type) for name, child in zip(names, children)]),
        rows,
        [_nulls(rows)],
        children=children,
    )


def _dictionary(rows, seed):
    indices = pa.Array.from_buffers(
        pa.int32(), rows, [_nulls(rows), _small("i", rows, seed)]
    )
    return pa.DictionaryArray.from_arrays(indices, _texts(DICTIONARY_SIZE, seed))


def _varint(value):
    encoded = bytearray()
    while value >= 0x80:
        encoded.append(value & 0x7F | 0x80)
        value >>= 7
    encoded.append(value)
    return bytes(encoded)


def _encode(fields):
    encoded = b""
    for number, value in fields.items():
        if isinstance(value, bytes):
            encoded += _varint(number << 3 | 2) + _varint(len(value)) + value
        elif value:
            encoded += _varint(number << 3) + _varint(value)
    return encoded


def _decode(data):
    fields, at = {}, 0

    def varint():
        nonlocal at
        value, shift = 0, 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7

    while at < len(data):
        tag = varint()
        if tag & 7 == 0:
            fields[tag >> 3] = varint()
        elif tag & 7 == 2:
            length = varint()
            fields[tag >> 3] = data[at : at + length]
            at += length
        else:
            raise pa.ArrowInvalid(f"wire type {tag & 7} in a benchmark message")
    return fields


def encode_perf(data, compression, streams, records_per_stream, records_per_batch):
    """A Perf message."""
    return _encode(
        {
            1: SCHEMA.serialize().to_pybytes(),
            2: streams,
            3: records_per_stream,
            4: records_per_batch,
            5: b"" if data == "int64" else data.encode(),
            6: b"" if compression == "none" else compression.encode(),
        }
    )


class Perf:
    """A decoded Perf message."""

    def __init__(self, message):
        fields = _decode(message)
        self.streams = fields.get(2, 0)
        self.per_stream = fields.get(3, 0)
        self.per_batch = fields.get(4, 0)
        self.data = fields.get(5, b"").decode() or "int64"
        self.compression = fields.get(6, b"").decode() or "none"


def write_options(compression):
    """pyarrow's own options for a compression."""
    return pa.ipc.IpcWriteOptions(
        compression=None if compression == "none" else compression
    )


def encode_token(perf, start, end):
    """A Token message."""
    return _encode({1: perf, 2: start, 3: end})


def decode_token(data):
    """The Perf message in a Token message."""
    return _decode(data)[1]


def _pem(name):
    with open(f"tests/certs/{name}.pem", "rb") as file:
        return file.read()


def root_certificate():
    """The root that signed the certificate of the server."""
    return _pem("ca_cert")


def server_certificate():
    """The certificate of the server and its key."""
    return _pem("server_cert"), _pem("server_key")


def end_with_stdin():
    """Ends this process with its standard input."""

    def wait():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
