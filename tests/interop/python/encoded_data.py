"""The data sets as our side encodes them by its options, and as it forwards them.

The forms have the names of those in encodings.ts.
"""

import io
import json

import pyarrow as pa
import pyarrow.flight as fl

import datasets
import value_text

FORMS = ["lz4", "zstd", "default", "split", "split zstd", "delta", "hydrate"]

# It would be cut into thousands of messages by small parts.
LARGE = "batch of 16 MiB"


def problem_of(name, form, schema, batches):
    """What differs from the data set, however it was cut; or None."""
    data = datasets.dataset(name)
    if form == "hydrate":
        if "dictionary" in str(schema):
            return f"there are dictionaries: {schema}"
    elif not schema.equals(data.schema, check_metadata=True):
        return f"schema: {datasets.show(schema)}"
    for batch in batches:
        batch.validate(full=True)
    if (form.startswith("split") or form == "default") and data.batches:
        # Each batch has a message at least, also where it has no rows.
        if len(batches) < len(data.batches):
            return f"{len(batches)} batches"
    elif len(batches) != len(data.batches):
        return f"{len(batches)} batches instead of {len(data.batches)}"
    if sum(batch.nbytes for batch in data.batches) > 2**22:
        # Their text would be an order larger.
        found = pa.Table.from_batches(batches, schema)
        same = found.equals(pa.Table.from_batches(data.batches, data.schema))
        return None if same else "other values"
    found, wanted = columns(batches), columns(data.batches)
    if found != wanted:
        return f"{str(found)[:1000]} instead of {str(wanted)[:1000]}"
    return None


def columns(batches):
    """The values column by column, over all batches."""
    texts = [value_text.batch_text(batch) for batch in batches]
    return [sum(parts, []) for parts in zip(*texts)]


def get_all(client, form):
    """Reads each data set from our server."""
    for name in datasets.DATASETS:
        if form.startswith("split") and name == LARGE:
            continue
        ticket = fl.Ticket(json.dumps(["encoded", form, name]).encode())
        reader = client.do_get(ticket)
        batches = [chunk.data for chunk in reader]
        problem = problem_of(name, form, reader.schema, batches)
        assert problem is None, f"{name}: {problem}"


def collect(reader, name, form):
    """Takes the upload of a data set."""
    batches = [chunk.data for chunk in reader]
    problem = problem_of(name, form, reader.schema, batches)
    if problem is not None:
        raise pa.ArrowInvalid(f"{name}: {problem}")


# What a client of the server of ours at a URI has to see, which forwards to us.


def fetch(uri, name):
    """Downloads a data set."""
    with fl.connect(uri) as client:
        ticket = fl.Ticket(json.dumps(["data", name]).encode())
        reader = client.do_get(ticket)
        batches = [chunk.data for chunk in reader]
    data = datasets.dataset(name)
    return datasets.difference(
        reader.schema, batches, data.schema, data.batches
    )


def upload(uri, name, key):
    """Uploads a data set, with the acknowledgement of each batch."""
    data = datasets.dataset(name)
    options = fl.FlightCallOptions(write_options=data.options)
    descriptor = fl.FlightDescriptor.for_path("store", key, name)
    with fl.connect(uri) as client:
        writer, reader = client.do_put(descriptor, data.schema, options)
        for index, batch in enumerate(data.batches):
            number = str(index).encode()
            writer.write_with_metadata(batch, number)
            if reader.read() != number:
                return f"batch {index} was not acknowledged"
        writer.close()
    return None


def exchange(uri, name):
    """Sends a data set to an echo."""
    data = datasets.dataset(name)
    options = fl.FlightCallOptions(write_options=data.options)
    descriptor = fl.FlightDescriptor.for_path("echo")
    batches = []
    with fl.connect(uri) as client:
        writer, reader = client.do_exchange(descriptor, options)
        writer.begin(data.schema, options=data.options)
        for index, batch in enumerate(data.batches):
            writer.write_with_metadata(batch, str(index).encode())
            chunk = reader.read_chunk()
            if chunk.app_metadata != str(index).encode():
                return f"batch {index} has the metadata {chunk.app_metadata}"
            batches.append(chunk.data)
        writer.done_writing()
        schema = reader.schema
        writer.close()
    return datasets.difference(schema, batches, data.schema, data.batches)


CHECKS = {"fetch": fetch, "upload": upload, "exchange": exchange}


def with_custom_metadata(stream):
    """Reads an IPC stream, and writes it anew."""
    reader = pa.ipc.open_stream(stream)
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, reader.schema) as writer:
        while True:
            try:
                batch, metadata = reader.read_next_batch_with_custom_metadata()
            except StopIteration:
                break
            writer.write_batch(batch, custom_metadata=metadata)
    return sink.getvalue()
