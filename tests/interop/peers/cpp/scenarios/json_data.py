"""What Arrow's testers do where no scenario is named: a data set is uploaded,
described and read back."""

import pyarrow as pa
import pyarrow.flight as fl

from integration_json import read_file

from .numbers import equal


class Server(fl.FlightServerBase):
    def __init__(self, *args):
        super().__init__(*args)
        self.stored = {}

    def do_put(self, context, descriptor, reader, writer):
        if descriptor.descriptor_type != fl.DescriptorType.PATH:
            raise pa.ArrowInvalid("it is not a path")
        batches = []
        for chunk in reader:
            chunk.data.validate(full=True)
            batches.append(chunk.data)
            if chunk.app_metadata is not None:
                writer.write(chunk.app_metadata)
        self.stored[descriptor.path[0].decode()] = reader.schema, batches

    def get_flight_info(self, context, descriptor):
        if descriptor.descriptor_type != fl.DescriptorType.PATH:
            raise NotImplementedError("it is not a path")
        name = descriptor.path[0].decode()
        schema, batches = self.stored[name]
        location = f"grpc+tcp://127.0.0.1:{self.port}"
        rows = sum(batch.num_rows for batch in batches)
        endpoint = fl.FlightEndpoint(name, [location])
        return fl.FlightInfo(schema, descriptor, [endpoint], rows, -1)

    def do_get(self, context, ticket):
        schema, batches = self.stored[ticket.ticket.decode()]
        if has_dictionaries(schema):
            # The other kind of stream would leave them out.
            reader = pa.RecordBatchReader.from_batches(schema, batches)
            return fl.RecordBatchStream(reader)
        return fl.GeneratorStream(schema, numbered(batches))


def has_dictionaries(schema):
    return any(is_dictionary(field.type) for field in schema)


def is_dictionary(data_type):
    if isinstance(data_type, pa.ExtensionType):
        data_type = data_type.storage_type
    return pa.types.is_dictionary(data_type)


def numbered(batches):
    for index, batch in enumerate(batches):
        yield batch, str(index).encode()


def after_ipc(schema, batches):
    """What becomes of data on its way: extension types, for one."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    with pa.ipc.open_stream(sink.getvalue()) as reader:
        return reader.schema, list(reader)


def run(connect, path):
    schema, batches = read_file(path)
    descriptor = fl.FlightDescriptor.for_path(path)
    with connect() as client:
        upload(client, descriptor, schema, batches)
        info = client.get_flight_info(descriptor)
        data = after_ipc(schema, batches)
        same_schema(info.schema, data[0])
        assert info.endpoints, "there are no endpoints"
        for endpoint in info.endpoints:
            if not endpoint.locations:
                download(client, endpoint.ticket, *data)
            for location in endpoint.locations:
                with connect(location) as other:
                    download(other, endpoint.ticket, *data)


def same_schema(found, wanted):
    assert found.equals(wanted, check_metadata=True), (
        f"{found.to_string(show_field_metadata=True)}\ninstead of\n"
        f"{wanted.to_string(show_field_metadata=True)}"
    )


def upload(client, descriptor, schema, batches):
    """Each batch is acknowledged before the next one is sent."""
    writer, results = client.do_put(descriptor, schema)
    with writer:
        for index, batch in enumerate(batches):
            metadata = str(index).encode()
            writer.write_with_metadata(batch, metadata)
            result = results.read()
            assert result is not None, f"batch {index} was not acknowledged"
            equal(result.to_pybytes(), metadata)
        writer.done_writing()
        equal(results.read(), None)


def download(client, ticket, schema, batches):
    reader = client.do_get(ticket)
    same_schema(reader.schema, schema)
    chunks = list(reader)
    equal(len(chunks), len(batches))
    for index, (chunk, batch) in enumerate(zip(chunks, batches, strict=True)):
        chunk.data.validate(full=True)
        equal(chunk.app_metadata.to_pybytes(), str(index).encode())
        assert chunk.data.equals(batch, check_metadata=True), (
            f"batch {index}: {chunk.data} instead of {batch}"
        )
