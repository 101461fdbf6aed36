"""pyarrow's counterpart of perf_server.ts. Prints its port on the first line."""

import argparse

import pyarrow as pa
import pyarrow.flight as fl

import pyarrow_perf as perf


class PerfServer(fl.FlightServerBase):
    """Answers the messages of perf.proto."""

    def __init__(self, host, port):
        super().__init__(f"grpc+tcp://{host}:{port}")
        self.location = f"grpc+tcp://{host}:{self.port}"
        self.batches = {}

    def batch(self, rows):
        """Making random rows must not be a part of what is measured."""
        if rows not in self.batches:
            self.batches[rows] = perf.batch(rows)
        return self.batches[rows]

    def get_flight_info(self, context, descriptor):
        streams, per_stream, per_batch = perf.decode_perf(descriptor.command)
        self.batch(per_batch)
        endpoints = [
            fl.FlightEndpoint(
                perf.encode_token(
                    descriptor.command,
                    stream * per_stream,
                    (stream + 1) * per_stream,
                ),
                [self.location],
            )
            for stream in range(streams)
        ]
        return fl.FlightInfo(
            perf.SCHEMA, descriptor, endpoints, streams * per_stream, -1
        )

    def do_get(self, context, ticket):
        _, rows, per_batch = perf.decode_perf(perf.decode_token(ticket.ticket))
        batch = self.batch(per_batch)
        batches = [batch] * (rows // per_batch)
        if rows % per_batch:
            batches.append(batch.slice(0, rows % per_batch))
        # A table is streamed by C++ alone: no Python runs for a batch.
        table = pa.Table.from_batches(batches, schema=perf.SCHEMA)
        return fl.RecordBatchStream(table)

    def do_put(self, context, descriptor, reader, writer):
        try:
            while True:
                chunk = reader.read_chunk()
                if chunk.app_metadata is not None:
                    writer.write(chunk.app_metadata)
        except StopIteration:
            pass

    def do_action(self, context, action):
        return [b"ok"] if action.type == "ping" else []


parser = argparse.ArgumentParser()
parser.add_argument("--server_host", default="127.0.0.1")
parser.add_argument("--port", "--server_port", type=int, default=31337)
parser.add_argument("--stop_with_stdin", action="store_true")
options = parser.parse_args()
server = PerfServer(options.server_host, options.port)
print(f"Server port: {server.port}", flush=True)
if options.stop_with_stdin:
    perf.end_with_stdin()
server.serve()
