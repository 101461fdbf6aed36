"""Makes the compressed IPC streams beside this file, with pyarrow 25.0.1.

    python make_compressed.py
"""

import pathlib
import random

import pyarrow as pa

ROWS = 20_000
NOISE = 300


def blocks():
    # Three blocks of 64 KiB for LZ4, which refer to each other.
    return pa.table(
        {
            "n": pa.array([row // 100 for row in range(ROWS)], pa.int64()),
            "d": pa.array(
                [f"value {row % 50} of a dictionary" for row in range(ROWS)]
            ).dictionary_encode(),
        }
    )


def noise():
    # Random numbers cannot be compressed, and are sent as they are.
    numbers = random.Random(1)
    return pa.table(
        {
            "x": pa.array([numbers.getrandbits(62) for _ in range(NOISE)]),
            "s": pa.array(
                [None if row % 7 == 0 else f"row {row % 7}"
                 for row in range(NOISE)]
            ),
        }
    )


def write(name, data, codec):
    options = pa.ipc.IpcWriteOptions(compression=codec)
    name = name if codec is None else f"{name}_{codec}"
    path = pathlib.Path(__file__).with_name(f"{name}.arrows")
    with pa.ipc.new_stream(path, data.schema, options=options) as writer:
        writer.write_table(data)
    print(path.name, path.stat().st_size)


if __name__ == "__main__":
    for codec in ["lz4", "zstd"]:
        write("blocks", blocks(), codec)
        write("noise", noise(), codec)
    # What the others hold.
    write("noise", noise(), None)
