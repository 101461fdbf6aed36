"""pyarrow's counterpart of perf_server.ts. Prints its port on the first line."""

import argparse

import pyarrow as pa
import pyarrow.flight as fl

import pyarrow_perf as perf


class PerfServer(fl.FlightServerBase):
    """Answers the messages of perf.proto."""

    def __init__(self, host, port, tls):
        scheme = "grpc+tls" if tls else "grpc+tcp"
        super().__init__(f"{scheme}://{host}:{port}", tls_certificates=tls)
        self.location = f"{scheme}://{host}:{self.port}"
        self.batches = {}

    def batch(self, size):
        """Making random rows must not be a part of the measurement."""
        key = size.data, size.per_batch
        if key not in self.batches:
            self.batches[key] = perf.batch(*key)
        return self.batches[key]

    def get_flight_info(self, context, descriptor):
        size = perf.Perf(descriptor.command)
        endpoints = [
            fl.FlightEndpoint(
                perf.encode_token(
                    descriptor.command,
                    stream * size.per_stream,
                    (stream + 1) * size.per_stream,
                ),
                [self.location],
            )
            for stream in range(size.streams)
        ]
        return fl.FlightInfo(
            self.batch(size).schema,
            descriptor,
            endpoints,
            size.streams * size.per_stream,
            -1,
        )

    def do_get(self, context, ticket):
        size = perf.Perf(perf.decode_token(ticket.ticket))
        batch = self.batch(size)
        batches = [batch] * (size.per_stream // size.per_batch)
        if size.per_stream % size.per_batch:
            batches.append(batch.slice(0, size.per_stream % size.per_batch))
        # A table is streamed by C++ alone: no Python runs for a batch.
        table = pa.Table.from_batches(batches, schema=batch.schema)
        options = perf.write_options(size.compression)
        return fl.RecordBatchStream(table, options=options)

    def do_put(self, context, descriptor, reader, writer):
        try:
            while True:
                chunk = reader.read_chunk()
                if chunk.app_metadata is not None:
                    writer.write(chunk.app_metadata)
        except StopIteration:
            pass

    def do_exchange(self, context, descriptor, reader, writer):
        options = perf.write_options(perf.Perf(descriptor.command).compression)
        writer.begin(reader.schema, options=options)
        try:
            while True:
                writer.write_batch(reader.read_chunk().data)
        except StopIteration:
            pass

    def do_action(self, context, action):
        return [b"ok"] if action.type == "ping" else []


parser = argparse.ArgumentParser()
parser.add_argument("--server_host", default="127.0.0.1")
parser.add_argument("--port", "--server_port", type=int, default=31337)
parser.add_argument("--tls", action="store_true")
parser.add_argument("--stop_with_stdin", action="store_true")
options = parser.parse_args()
tls = [perf.server_certificate()] if options.tls else None
server = PerfServer(options.server_host, options.port, tls)
print(f"Server port: {server.port}", flush=True)
if options.stop_with_stdin:
    perf.end_with_stdin()
server.serve()
