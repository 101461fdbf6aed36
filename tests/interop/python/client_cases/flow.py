"""Backpressure, and much data."""

import json
import threading
import time

import pyarrow.flight as fl

import big_stream
from client_cases.case import act, case, connect, equal, path, ticket
from client_cases.data import get, put
from client_cases.ends import STABLE_BATCHES, assert_end

REPETITIONS = 20
# See pyarrow/cases/streams.ts.
ROUNDS = 200
ROUND_BATCHES = 16
ROUND_TIMEOUT_S = 30
LONG_STREAM = 256
# See pyarrow/cases/streams.ts.
MOST_UNDER_WAY = 64


def settled(count):
    """As settled.ts: the count, once it no longer changes."""
    value, since = count(), time.monotonic()
    while time.monotonic() - since < 1:
        time.sleep(0.05)
        following = count()
        if following != value:
            value, since = following, time.monotonic()
    return value


@case("backpressure get")
def _(client, id_):
    reader = client.do_get(ticket("big", LONG_STREAM, id_))
    big_stream.check(reader.read_chunk().data, 0)
    other = connect()
    sent = settled(lambda: json.loads(act(other, "get", id_)))
    assert sent < MOST_UNDER_WAY, f"{sent} MiB were sent to nobody"
    for index in range(1, LONG_STREAM):
        big_stream.check(reader.read_chunk().data, index)
    assert_end(reader)


@case("backpressure put")
def _(client, id_):
    writer, reader = client.do_put(path("wait", id_), big_stream.SCHEMA)
    sent = [0]

    def write():
        for index in range(LONG_STREAM):
            writer.write_batch(big_stream.batch(index))
            sent[0] += 1
        writer.done_writing()

    thread = threading.Thread(target=write)
    thread.start()
    count = settled(lambda: sent[0])
    assert count < MOST_UNDER_WAY, f"{count} MiB were sent to nobody"
    act(connect(), "set", id_)
    equal(reader.read(), str((LONG_STREAM - 1) * big_stream.ROWS).encode())
    thread.join()
    writer.close()


def get_big(client, id_, count=STABLE_BATCHES, options=None):
    found = 0
    for chunk in client.do_get(ticket("big", count, id_), options):
        big_stream.check(chunk.data, found)
        found += 1
    equal(found, count)


def put_big(client, count=STABLE_BATCHES, options=None):
    writer, reader = client.do_put(path("count"), big_stream.SCHEMA, options)
    for index in range(count):
        writer.write_batch(big_stream.batch(index))
    writer.done_writing()
    equal(
        json.loads(reader.read().to_pybytes()),
        [count * big_stream.ROWS, count],
    )
    writer.close()


@case("parallel calls")
def _(client, id_):
    failures = []

    def run(call):
        try:
            if call % 2:
                get_big(client, f"{id_} {call}")
            else:
                put_big(client)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(call,)) for call in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal(failures, [])


def rounds(run_round):
    """Names the round in which something failed."""
    options = fl.FlightCallOptions(timeout=ROUND_TIMEOUT_S)
    for time_ in range(ROUNDS):
        try:
            run_round(time_, (ROUND_BATCHES, options))
        except Exception as error:
            raise AssertionError(f"round {time_ + 1}") from error


@case(f"get of 16 MiB, {ROUNDS} times")
def _(client, id_):
    rounds(lambda time_, size: get_big(client, f"{id_} {time_}", *size))


@case(f"put of 16 MiB, {ROUNDS} times")
def _(client, id_):
    rounds(lambda time_, size: put_big(client, *size))


# gRPC's core changes its windows while it measures a new connection.


@case(f"get of 16 MiB on {ROUNDS} connections")
def _(client, id_):
    def run_round(time_, size):
        with connect() as other:
            get_big(other, f"{id_} {time_}", *size)

    rounds(run_round)


@case(f"put of 16 MiB on {ROUNDS} connections")
def _(client, id_):
    def run_round(time_, size):
        with connect() as other:
            put_big(other, *size)

    rounds(run_round)


@case("get and put of 64 MiB without BDP probes")
def _(client, id_):
    options = [("grpc.http2.bdp_probe", 0)]
    for time_ in range(REPETITIONS):
        with connect(generic_options=options) as other:
            get_big(other, f"{id_} {time_}")
            put_big(other)
