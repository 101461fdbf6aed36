"""pyarrow's counterpart of perf_client.ts: the same options and figures."""

import argparse
import concurrent.futures
import contextlib
import json
import math
import sys
import threading
import time

import pyarrow.compute as pc
import pyarrow.flight as fl

import pyarrow_perf as perf

parser = argparse.ArgumentParser()
parser.add_argument("--server_host", default="127.0.0.1")
parser.add_argument("--server_port", default="31337")
parser.add_argument("--num_streams", type=int, default=4)
parser.add_argument("--num_threads", type=int, default=4)
parser.add_argument("--records_per_stream", type=int, default=10_000_000)
parser.add_argument("--records_per_batch", type=int, default=4096)
parser.add_argument("--num_perf_runs", type=int, default=1)
parser.add_argument("--num_calls", type=int, default=1000)
parser.add_argument("--data", default="int64")
parser.add_argument("--compression", default="none")
parser.add_argument("--tls", action="store_true")
parser.add_argument("--shared", action="store_true")
parser.add_argument("--sum", action="store_true")
parser.add_argument("--test_put", action="store_true")
parser.add_argument("--test_exchange", action="store_true")
parser.add_argument("--test_round_trip", action="store_true")
parser.add_argument("--test_concurrent", action="store_true")
parser.add_argument("--worker", action="store_true")


def ping(client):
    for _ in client.do_action("ping"):
        pass


def connect(location, options):
    roots = {"tls_root_certs": perf.root_certificate()} if options.tls else {}
    return fl.connect(location, **roots)


def call_options(options):
    write_options = perf.write_options(options.compression)
    return fl.FlightCallOptions(write_options=write_options)


def read(reader, options):
    """Reads a stream: rows, sum, and seconds of each read."""
    rows, total, durations = 0, 0, []
    while True:
        start = time.perf_counter()
        try:
            chunk = reader.read_chunk().data
        except StopIteration:
            return rows, total, durations
        durations.append(time.perf_counter() - start)
        rows += chunk.num_rows
        if options.sum:
            total += pc.sum(chunk.column(0)).as_py() or 0


def write(writer, options, batch):
    """Writes a stream: rows, nothing, and seconds of each write."""
    durations = []
    left = options.records_per_stream
    while left > 0:
        part = batch if left >= batch.num_rows else batch.slice(0, left)
        start = time.perf_counter()
        writer.write_batch(part)
        durations.append(time.perf_counter() - start)
        left -= part.num_rows
    return options.records_per_stream, 0, durations


def get(client, endpoint, options, batch):
    return read(client.do_get(endpoint.ticket), options)


def put(client, endpoint, options, batch):
    descriptor = fl.FlightDescriptor.for_command(b"perf")
    writer, _ = client.do_put(descriptor, batch.schema, call_options(options))
    written = write(writer, options, batch)
    writer.close()
    return written


def exchange(client, endpoint, options, batch):
    descriptor = fl.FlightDescriptor.for_command(command_of(options))
    writer, reader = client.do_exchange(descriptor)
    # The write options of the call count for do_put only.
    writer.begin(batch.schema, options=perf.write_options(options.compression))

    def send():
        write(writer, options, batch)
        writer.done_writing()

    thread = threading.Thread(target=send)
    thread.start()
    result = read(reader, options)
    thread.join()
    writer.close()
    return result


def command_of(options, streams=1):
    return perf.encode_perf(
        options.data,
        options.compression,
        streams,
        options.records_per_stream,
        options.records_per_batch,
    )


def transfer(clients, options, batch):
    test = put if options.test_put else exchange if options.test_exchange else get
    share = math.ceil(options.num_streams / len(clients))
    descriptor = fl.FlightDescriptor.for_command(command_of(options, share))
    endpoints = [
        (client, endpoint)
        for client in clients
        for endpoint in client.get_flight_info(descriptor).endpoints
    ]

    def stream(client, endpoint):
        if options.shared:
            return test(client, endpoint, options, batch)
        with connect(endpoint.locations[0], options) as own:
            return test(own, endpoint, options, batch)

    with concurrent.futures.ThreadPoolExecutor(options.num_threads) as pool:
        streams = [pool.submit(stream, *endpoint) for endpoint in endpoints]
        parts = [stream.result() for stream in streams]
    return (
        sum(rows for rows, _, _ in parts),
        sum(total for _, total, _ in parts),
        [duration for _, _, durations in parts for duration in durations],
    )


def round_trips(client, options):
    ticket = fl.Ticket(perf.encode_token(perf.encode_perf("int64", "none", 1, 1, 1), 0, 1))
    durations = []
    for _ in range(options.num_calls):
        start = time.perf_counter()
        client.do_get(ticket).read_all()
        durations.append(time.perf_counter() - start)
    return options.num_calls, 0, durations


def concurrent_calls(client, options, pool):
    def call(_):
        start = time.perf_counter()
        ping(client)
        return time.perf_counter() - start

    return 0, 0, list(pool.map(call, range(options.num_calls)))


def quantile(values, share):
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def run(options):
    scheme = "grpc+tls" if options.tls else "grpc"
    batch = perf.batch(options.data, options.records_per_batch)
    with contextlib.ExitStack() as stack:
        clients = [
            stack.enter_context(
                connect(f"{scheme}://{options.server_host}:{port}", options)
            )
            for port in options.server_port.split(",")
        ]
        for client in clients:
            ping(client)
        if options.test_concurrent:
            # Blocking calls need a thread each; starting them is not timed.
            with concurrent.futures.ThreadPoolExecutor(options.num_calls) as pool:
                list(pool.map(time.sleep, [0.1] * options.num_calls))
                start = time.perf_counter()
                measured = concurrent_calls(clients[0], options, pool)
                seconds = time.perf_counter() - start
        else:
            start = time.perf_counter()
            if options.test_round_trip:
                measured = round_trips(clients[0], options)
            else:
                measured = transfer(clients, options, batch)
            seconds = time.perf_counter() - start
    rows, total, durations = measured
    microseconds = [duration * 1e6 for duration in durations]
    return {
        "rows": rows,
        "batches": len(durations),
        "seconds": seconds,
        "mibPerSecond": rows * perf.bytes_per_row(options.data) / 2**20 / seconds,
        "latencyUs": {
            "mean": sum(microseconds) / len(microseconds),
            "p50": quantile(microseconds, 0.5),
            "p95": quantile(microseconds, 0.95),
            "p99": quantile(microseconds, 0.99),
            "max": max(microseconds),
        },
        **({"sum": str(total % 2**64)} if options.sum else {}),
    }


def answer(line):
    try:
        return {"result": run(parser.parse_args(json.loads(line)))}
    except Exception as error:
        return {"error": repr(error)}


options = parser.parse_args()
if options.worker:
    for line in sys.stdin:
        print(json.dumps(answer(line)), flush=True)
else:
    for _ in range(options.num_perf_runs):
        print(json.dumps(run(options), indent=2), flush=True)
