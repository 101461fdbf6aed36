"""do_exchange:echo: each message is answered before the next one is sent."""

import pyarrow as pa
import pyarrow.flight as fl

from .numbers import equal

SCHEMA = pa.schema([pa.field("x", pa.int32(), nullable=False)])


class Server(fl.FlightServerBase):
    def do_exchange(self, context, descriptor, reader, writer):
        if descriptor.descriptor_type != fl.DescriptorType.CMD:
            raise pa.ArrowInvalid("it is not a command")
        if descriptor.command != b"echo":
            raise NotImplementedError("the only command is echo")
        has_begun = False
        for chunk in reader:
            if chunk.data is None:
                writer.write_metadata(chunk.app_metadata)
                continue
            if not has_begun:
                writer.begin(chunk.data.schema)
                has_begun = True
            if chunk.app_metadata is None:
                writer.write_batch(chunk.data)
            else:
                writer.write_with_metadata(chunk.data, chunk.app_metadata)


def run(connect):
    descriptor = fl.FlightDescriptor.for_command("echo")
    with connect() as client:
        writer, reader = client.do_exchange(descriptor)
        with writer:
            writer.begin(SCHEMA)
            for index in range(4):
                batch = pa.record_batch(
                    [pa.array(range(index, index + 10), pa.int32())], SCHEMA
                )
                metadata = str(index).encode() if index % 2 == 0 else None
                if metadata is None:
                    writer.write_batch(batch)
                else:
                    writer.write_with_metadata(batch, metadata)
                chunk = reader.read_chunk()
                equal(chunk.data, batch)
                received = chunk.app_metadata
                equal(received and received.to_pybytes(), metadata)
            writer.done_writing()
            equal(list(reader), [])
