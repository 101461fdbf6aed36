"""Ends of streams: by either side, in time and not."""

import itertools
import os
import subprocess
import sys
import threading

import pyarrow as pa
import pyarrow.flight as fl

import big_stream
from client_cases.case import (
    case,
    connect,
    equal,
    event,
    path,
    raised,
    server_port,
    ticket,
)
from client_cases.data import check, get

STABLE_BATCHES = 64
# The exit code of a process that ends as it should.
VANISHED = 7


@case("get of metadata alone")
def _(client, id_):
    reader = client.do_get(ticket("metadata only"))
    found = []
    while True:
        try:
            chunk = reader.read_chunk()
        except StopIteration:
            break
        text = chunk.app_metadata
        found.append(
            (chunk.data is not None, text and text.to_pybytes().decode())
        )
    equal(
        found,
        [
            (False, "before"),
            (True, "with"),
            (False, "between"),
            (True, None),
            (False, "after"),
        ],
    )


@case("put of metadata alone")
def _(client, id_):
    writer, reader = client.do_put(path("messages"), big_stream.SCHEMA)
    writer.write_metadata(b"first")
    writer.write_with_metadata(big_stream.batch(0), b"with")
    writer.write_metadata(b"between")
    writer.write_batch(big_stream.batch(1))
    writer.write_metadata(b"last")
    writer.done_writing()
    found = [
        reader.read().to_pybytes().decode() for _ in range(5)
    ]
    equal(reader.read(), None)
    writer.close()
    equal(
        found,
        ["metadata first", "batch with", "metadata between", "batch",
         "metadata last"],
    )


@case("put that the server ends early")
def _(client, id_):
    writer, reader = client.do_put(path("early", 2), big_stream.SCHEMA)
    writer.write_batch(big_stream.batch(0))
    writer.write_batch(big_stream.batch(1))
    equal(reader.read(), b"enough")
    equal(reader.read(), None)
    writer.close()


@case("put that the server ends while it is written")
def _(client, id_):
    writer, reader = client.do_put(path("early", 2), big_stream.SCHEMA)

    def write_on():
        for index in itertools.count():
            writer.write_batch(big_stream.batch(index))

    # C++ cannot write any more, and asks why: the call has ended well.
    try:
        write_on()
    except (pa.ArrowException, OSError) as error:
        assert "early" in str(error).lower() or "closed" in str(error), error
    writer.close()


@case("connection after uploads that the server ends early")
def _(client, id_):
    # What is still on its way for an ended call must not hurt another one.
    kept = client.do_get(ticket("big", STABLE_BATCHES, f"{id_} kept"))
    big_stream.check(kept.read_chunk().data, 0)
    for _ in range(10):
        writer, reader = client.do_put(path("early", 1), big_stream.SCHEMA)
        try:
            for index in range(STABLE_BATCHES):
                writer.write_batch(big_stream.batch(index))
        except (pa.ArrowException, OSError):
            # As in the case above.
            pass
        writer.close()
    for index in range(1, STABLE_BATCHES):
        big_stream.check(kept.read_chunk().data, index)
    assert_end(kept)


def exchange_echo(client):
    writer, reader = client.do_exchange(path("echo"))
    writer.begin(big_stream.SCHEMA)
    for index in range(6):
        batch = big_stream.batch(index)
        metadata = f"{index}".encode()
        # The answer to each message is awaited before the next is sent.
        if index % 3 == 0:
            writer.write_with_metadata(batch, metadata)
        elif index % 3 == 1:
            writer.write_batch(batch)
            metadata = None
        else:
            writer.write_metadata(metadata)
        chunk = reader.read_chunk()
        equal(chunk.app_metadata, metadata)
        if index % 3 == 2:
            equal(chunk.data, None)
        else:
            big_stream.check(chunk.data, index)
    writer.done_writing()
    assert_end(reader)
    writer.close()


def assert_end(reader):
    try:
        chunk = reader.read_chunk()
    except StopIteration:
        return
    raise AssertionError(f"one message too many: {chunk}")


@case("exchange echo")
def _(client, id_):
    exchange_echo(client)


@case("exchange of metadata alone")
def _(client, id_):
    writer, reader = client.do_exchange(path("echo"))
    writer.write_metadata(b"alone")
    chunk = reader.read_chunk()
    equal((chunk.data, chunk.app_metadata), (None, b"alone"))
    writer.done_writing()
    assert_end(reader)
    writer.close()


@case("exchange that the server begins")
def _(client, id_):
    writer, reader = client.do_exchange(path("server first"))
    first = reader.read_chunk()
    equal((first.data, first.app_metadata), (None, b"before the schema"))
    big_stream.check(reader.read_chunk().data, 0)
    writer.begin(big_stream.SCHEMA)
    writer.write_batch(big_stream.batch(0))
    writer.write_batch(big_stream.batch(1))
    writer.done_writing()
    equal(reader.read_chunk().app_metadata, b"131072")
    assert_end(reader)
    writer.close()


@case("exchange of 64 MiB")
def _(client, id_):
    writer, reader = client.do_exchange(path("echo"))
    writer.begin(big_stream.SCHEMA)
    failure = []

    def write():
        try:
            for index in range(STABLE_BATCHES):
                writer.write_batch(big_stream.batch(index))
            writer.done_writing()
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=write)
    thread.start()
    count = 0
    for chunk in reader:
        big_stream.check(chunk.data, count)
        count += 1
    thread.join()
    writer.close()
    equal((failure, count), ([], STABLE_BATCHES))


@case("cancel get")
def _(client, id_):
    reader = client.do_get(ticket("endless", id_))
    big_stream.check(reader.read_chunk().data, 0)
    reader.cancel()
    equal(event(client, id_), "stopped")


@case("client gone")
def _(client, id_):
    # pyarrow cannot cancel an upload, but its process can vanish.
    vanish = subprocess.run(
        [sys.executable, sys.argv[0], "vanish", str(server_port()), id_], check=False
    )
    equal(vanish.returncode, VANISHED)
    equal(event(client, id_), "CANCELLED")


def vanish(id_):
    """Ends this process in the middle of an upload."""
    writer, reader = connect().do_put(
        path("cancelled", id_), big_stream.SCHEMA
    )
    writer.write_batch(big_stream.batch(0))
    equal(reader.read(), b"started")
    os._exit(VANISHED)


@case("cancel exchange")
def _(client, id_):
    writer, reader = client.do_exchange(path("endless", id_))
    big_stream.check(reader.read_chunk().data, 0)
    reader.cancel()
    equal(event(client, id_), "CANCELLED")
    equal(event(client, f"{id_} stopped"), "stopped")


@case("cancel exchange that the server reads")
def _(client, id_):
    writer, reader = client.do_exchange(path("cancelled", id_))
    writer.begin(big_stream.SCHEMA)
    writer.write_batch(big_stream.batch(0))
    equal(reader.read_chunk().app_metadata, b"started")
    reader.cancel()
    equal(event(client, id_), "CANCELLED")


@case("server cancels")
def _(client, id_):
    reader = client.do_get(ticket("fail after", 1, "CANCELLED", "tired"))
    big_stream.check(reader.read_chunk().data, 0)
    error = raised(fl.FlightCancelledError, reader.read_chunk)
    assert "tired" in str(error), str(error)
