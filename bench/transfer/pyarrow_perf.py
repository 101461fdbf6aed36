"""What pyarrow's benchmark client and server share: messages and data.

The messages of perf.proto are written by hand: two are not worth a compiler.
"""

import os
import random
import sys
import threading

import pyarrow as pa

BYTES_PER_RECORD = 32
SCHEMA = pa.schema([(name, pa.int64()) for name in "abcd"])


def batch(rows):
    """The batch of that many rows: random bytes, the seed being the column."""
    return pa.record_batch(
        [
            pa.Array.from_buffers(
                pa.int64(),
                rows,
                [None, pa.py_buffer(random.Random(seed).randbytes(rows * 8))],
            )
            for seed in range(len(SCHEMA))
        ],
        schema=SCHEMA,
    )


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


def encode_perf(streams, records_per_stream, records_per_batch):
    """A Perf message."""
    return _encode(
        {
            1: SCHEMA.serialize().to_pybytes(),
            2: streams,
            3: records_per_stream,
            4: records_per_batch,
        }
    )


def decode_perf(data):
    """Streams, rows of a stream and rows of a batch of a Perf message."""
    fields = _decode(data)
    return fields.get(2, 0), fields.get(3, 0), fields.get(4, 0)


def encode_token(perf, start, end):
    """A Token message."""
    return _encode({1: perf, 2: start, 3: end})


def decode_token(data):
    """The Perf message in a Token message."""
    return _decode(data)[1]


def end_with_stdin():
    """Ends this process with its standard input."""

    def wait():
        sys.stdin.buffer.read()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()
