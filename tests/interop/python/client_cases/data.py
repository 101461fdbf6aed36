"""Whole data sets, there and back."""

import pyarrow.flight as fl

import datasets
import encoded_data
from client_cases.case import CASES, equal, path, ticket


def get(client, *parts):
    reader = client.do_get(ticket(*parts))
    chunks = list(reader)
    for index, chunk in enumerate(chunks):
        equal(chunk.app_metadata, str(index).encode())
    return reader.schema, [chunk.data for chunk in chunks]


def check(name, received, batches=None):
    data = datasets.dataset(name)
    schema, found = received
    problem = datasets.difference(
        schema, found, data.schema, batches or data.batches
    )
    assert problem is None, problem


def put(client, data, *parts):
    """Uploads, with the acknowledgement of each batch before the next."""
    options = fl.FlightCallOptions(write_options=data.options)
    writer, reader = client.do_put(path(*parts), data.schema, options)
    try:
        for index, batch in enumerate(data.batches):
            number = str(index).encode()
            writer.write_with_metadata(batch, number)
            equal(reader.read(), number)
        writer.done_writing()
        equal(reader.read(), None)
    finally:
        writer.close()


def data_cases():
    for name in datasets.DATASETS:
        yield f"get {name}", (
            lambda client, id_, name=name: check(
                name, get(client, "data", name)
            )
        )
        yield f"get sliced {name}", (
            lambda client, id_, name=name: check(
                name,
                get(client, "sliced", name),
                datasets.dataset(name).sliced(),
            )
        )
    for name in [*datasets.DATASETS, *datasets.ENCODED]:
        yield f"put {name}", (
            lambda client, id_, name=name: put(
                client, datasets.dataset(name), "store", id_, name
            )
        )
        yield f"put and get {name}", (
            lambda client, id_, name=name: put_and_get(client, id_, name)
        )


def put_and_get(client, id_, name):
    put(client, datasets.dataset(name), "store", id_)
    check(name, get(client, "stored", id_))


CASES.update(data_cases())

for form in encoded_data.FORMS:
    CASES[f"get all data: {form}"] = (
        lambda client, id_, form=form: encoded_data.get_all(client, form)
    )
