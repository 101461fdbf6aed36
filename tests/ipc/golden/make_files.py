"""Makes the golden IPC files: of pyarrow, and of the Polars that is installed.

The files of several versions of Polars come from as many environments. Up to
1.41 Polars wrote the length of the schema in front of a file, from 1.43 on it
does not.
"""

import pathlib
import sys

HERE = pathlib.Path(__file__).parent
COLOURS = ["red", "green", None, "blue"]


def polars_files():
    import polars as pl

    frame = pl.DataFrame(
        {
            "i": list(range(8)),
            "s": [f"a text of row {i}" if i % 2 else None for i in range(8)],
            "c": pl.Series([COLOURS[i % 4] for i in range(8)], dtype=pl.Categorical),
        }
    )
    version = pl.__version__.replace(".", "_")
    for compression in ["uncompressed", "lz4", "zstd"]:
        path = HERE / f"polars_{version}_{compression}.arrow"
        frame.write_ipc(path, compression=compression)


def pyarrow_files():
    import pyarrow as pa
    from pyarrow import feather

    schema = pa.schema([pa.field("c", pa.dictionary(pa.int8(), pa.string()))])

    def batch(indices, values):
        indices = pa.array(indices, pa.int8())
        array = pa.DictionaryArray.from_arrays(indices, pa.array(values))
        return pa.record_batch([array], schema=schema)

    batches = [
        batch([0, 1], ["a", "b"]),
        batch([2, 0], ["a", "b", "c"]),
        batch([None, 3], ["a", "b", "c", "d"]),
    ]
    forms = {
        "delta": pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True),
        # Of Arrow before 1.0: no continuation markers.
        "legacy": pa.ipc.IpcWriteOptions(
            use_legacy_format=True,
            metadata_version=pa.ipc.MetadataVersion.V4,
        ),
    }
    for name, options in forms.items():
        sent = batches if name == "delta" else batches[2:]
        path = HERE / f"pyarrow_{name}.arrow"
        with pa.ipc.new_file(path, schema, options=options) as writer:
            for each in sent:
                writer.write_batch(each)
    table = pa.table({"i": pa.array([1, 2, 3])})
    feather.write_feather(table, str(HERE / "feather_v1.feather"), version=1)


if __name__ == "__main__":
    {"polars": polars_files, "pyarrow": pyarrow_files}[sys.argv[1]]()
