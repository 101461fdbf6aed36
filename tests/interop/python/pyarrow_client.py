"""pyarrow's client against our server.

    python pyarrow_client.py list
    python pyarrow_client.py run PORT NAMES

NAMES is a JSON list of cases. They have the names of those in
pyarrow/cases/*.ts, which do the same in the other direction.
"""

import datetime
import itertools
import json
import os
import subprocess
import sys
import threading
import time

import pyarrow as pa
import pyarrow.flight as fl

import big_stream
import case_runner
import certificates
import datasets
import encoded_data
import pyarrow_scenarios

REPETITIONS = 20
STABLE_BATCHES = 64
# See pyarrow/cases/streams.ts.
ROUNDS = 200
ROUND_BATCHES = 16
ROUND_TIMEOUT_S = 30
LONG_STREAM = 256
# See pyarrow/cases/streams.ts.
MOST_UNDER_WAY = 64

# The exit code of a process that ends as it should.
VANISHED = 7

PORT = 0
CASES = {}


def case(name):
    """Registers a function as a case."""

    def register(function):
        assert name not in CASES, name
        CASES[name] = function
        return function

    return register


class Received(fl.ClientMiddlewareFactory):
    """Keeps the headers and trailers that arrive."""

    def __init__(self):
        self.headers = {}

    def start_call(self, info):
        return ReceivedOfCall(self.headers)


class ReceivedOfCall(fl.ClientMiddleware):
    def __init__(self, headers):
        self.headers = headers

    def received_headers(self, headers):
        self.headers.update(headers)


def connect(**options):
    return fl.FlightClient(f"grpc://127.0.0.1:{PORT}", **options)


def ticket(*parts):
    return fl.Ticket(json.dumps(parts).encode())


def path(*parts):
    return fl.FlightDescriptor.for_path(*map(str, parts))


def act(client, type_, body="", options=None):
    results = list(client.do_action((type_, body.encode()), options))
    assert len(results) <= 1, results
    return results[0].body.to_pybytes().decode() if results else None


def event(client, name):
    """Waits for an event on the server."""
    return json.loads(act(client, "wait", name))


def equal(found, wanted):
    assert found == wanted, f"{found!r} instead of {wanted!r}"


def raised(kind, function):
    """The exception of exactly that type that the function must raise."""
    try:
        result = function()
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        assert type(error) is kind, f"{type(error).__name__}: {error}"
        return error
    raise AssertionError(f"no error, but {result!r}")


# Data


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
        yield f"put {name}", (
            lambda client, id_, name=name: put(
                client, datasets.dataset(name), "store", id_, name
            )
        )
        yield f"put and get {name}", (
            lambda client, id_, name=name: put_and_get(client, id_, name)
        )
    for name in datasets.UNREADABLE:
        yield f"put {name}", (
            lambda client, id_, name=name: refused(client, id_, name)
        )


def put_and_get(client, id_, name):
    put(client, datasets.dataset(name), "store", id_)
    check(name, get(client, "stored", id_))


def refused(client, id_, name):
    error = raised(
        pa.ArrowNotImplementedError,
        lambda: put(client, datasets.dataset(name), "store", id_),
    )
    field = datasets.dataset(name).schema[0].name
    assert f'"{field}"' in str(error), str(error)


CASES.update(data_cases())

for form in encoded_data.FORMS:
    CASES[f"get all data: {form}"] = (
        lambda client, id_, form=form: encoded_data.get_all(client, form)
    )

# Descriptions and actions


def check_info(info, descriptor):
    assert info.schema.equals(datasets.dataset("metadata").schema, True)
    equal(info.descriptor, descriptor)
    first, second = info.endpoints
    equal(first.ticket.ticket, b"\0ticket\xff")
    equal(
        first.locations,
        [fl.Location("grpc://127.0.0.1:1"),
         fl.Location("grpc+tls://example.com:2")],
    )
    equal(
        first.expiration_time.as_py(),
        datetime.datetime.fromtimestamp(
            1_700_000_000.123, datetime.timezone.utc
        ),
    )
    equal(first.app_metadata, b"\1endpoint")
    equal(second.ticket.ticket, b"second")
    equal(second.locations, [fl.Location("arrow-flight-reuse-connection://?")])
    equal(second.expiration_time, None)
    equal(second.app_metadata, b"")
    equal(info.total_records, 12)
    equal(info.total_bytes, 2**53 + 1)
    equal(info.ordered, True)
    equal(info.app_metadata, b"\2info")


@case("list flights")
def _(client, id_):
    infos = list(client.list_flights())
    equal(len(infos), 4)
    check_info(infos[2], path("list", "beta two"))


@case("list flights by criteria")
def _(client, id_):
    infos = list(client.list_flights(b"beta"))
    equal(
        [info.descriptor for info in infos],
        [path("list", "beta"), path("list", "beta two")],
    )
    equal(list(client.list_flights(b"nothing")), [])


@case("list flights failure")
def _(client, id_):
    error = raised(
        fl.FlightUnavailableError, lambda: list(client.list_flights(b"fail"))
    )
    assert "the list ends here" in str(error), str(error)


@case("flight info")
def _(client, id_):
    descriptor = path("a", "ü", "")
    check_info(client.get_flight_info(descriptor), descriptor)


@case("flight info minimal")
def _(client, id_):
    descriptor = fl.FlightDescriptor.for_command(b"minimal")
    info = client.get_flight_info(descriptor)
    equal(
        [info.schema, info.descriptor, info.endpoints, info.total_records,
         info.total_bytes, info.ordered, info.app_metadata],
        [None, descriptor, [], -1, -1, False, b""],
    )


@case("calls that are unavailable are made again")
def _(client, id_):
    # By gRPC itself, which does not once headers have come.
    policy = {
        "maxAttempts": 4,
        "initialBackoff": "0.01s",
        "maxBackoff": "0.1s",
        "backoffMultiplier": 1,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    method = {"name": [{}], "retryPolicy": policy}
    config = json.dumps({"methodConfig": [method]})
    descriptor = path("busy", id_)
    with connect(generic_options=[("grpc.service_config", config)]) as other:
        check_info(other.get_flight_info(descriptor), descriptor)


@case("flight info not found")
def _(client, id_):
    descriptor = fl.FlightDescriptor.for_command(b"unknown")
    raised(pa.ArrowKeyError, lambda: client.get_flight_info(descriptor))


@case("get schema")
def _(client, id_):
    for name in datasets.DATASETS:
        found = client.get_schema(path("data", name)).schema
        wanted = datasets.dataset(name).schema
        assert found.equals(wanted, True), datasets.show(found)


@case("get schema not found")
def _(client, id_):
    raised(pa.ArrowKeyError, lambda: client.get_schema(path("nothing")))


@case("list actions")
def _(client, id_):
    equal(
        [tuple(action) for action in client.list_actions()],
        [("echo", "Gives the body back."), ("many", "Ünïcode")],
    )


@case("action")
def _(client, id_):
    body = bytes(index % 256 for index in range(100_000))
    (result,) = client.do_action(("echo", body))
    equal(result.body.to_pybytes(), body)
    equal(act(client, "echo"), "")


@case("action without results")
def _(client, id_):
    equal(list(client.do_action("none")), [])


@case("action with many results")
def _(client, id_):
    results = list(client.do_action(("many", b"5000")))
    equal(len(results), 5000)
    equal(results[-1].body.to_pybytes(), b"4999")


@case("action left early")
def _(client, id_):
    other = connect()
    results = iter(other.do_action(("endless", id_.encode())))
    equal(len(next(results).body), 1000)
    # pyarrow ends the call when nobody holds it any more.
    del results
    other.close()
    equal(event(client, id_), "stopped")


@case("action unknown")
def _(client, id_):
    raised(pa.ArrowNotImplementedError, lambda: act(client, "fly"))


# Errors

# What pyarrow makes of our codes.
EXCEPTIONS = {
    "CANCELLED": fl.FlightCancelledError,
    "UNKNOWN": fl.FlightServerError,
    "INVALID_ARGUMENT": pa.ArrowInvalid,
    "DEADLINE_EXCEEDED": fl.FlightTimedOutError,
    "NOT_FOUND": pa.ArrowKeyError,
    "ALREADY_EXISTS": pa.ArrowException,
    "PERMISSION_DENIED": fl.FlightUnauthorizedError,
    "RESOURCE_EXHAUSTED": pa.ArrowInvalid,
    "FAILED_PRECONDITION": pa.ArrowInvalid,
    "ABORTED": fl.FlightInternalError,
    "OUT_OF_RANGE": pa.ArrowInvalid,
    "UNIMPLEMENTED": pa.ArrowNotImplementedError,
    "INTERNAL": fl.FlightInternalError,
    "UNAVAILABLE": fl.FlightUnavailableError,
    "DATA_LOSS": fl.FlightInternalError,
    "UNAUTHENTICATED": fl.FlightUnauthenticatedError,
}


def fails(client, code, exception):
    message = 'näh: 100 % "no"\nsecond line'
    body = json.dumps([code, message])
    error = raised(exception, lambda: act(client, "fail", body))
    assert message in str(error), str(error)
    raised(exception, lambda: client.do_get(ticket("fail", code, message)))


for code, exception in EXCEPTIONS.items():
    CASES[f"error {code}"] = (
        lambda client, id_, code=code, exception=exception: fails(
            client, code, exception
        )
    )


def fails_with_extra(client, code, exception):
    body = json.dumps([code, "later", "retry: 5\0"])
    error = raised(exception, lambda: act(client, "fail", body))
    equal(error.extra_info, b"retry: 5\0")
    assert "later" in str(error), str(error)


@case("error extra info")
def _(client, id_):
    for code in [
        "UNKNOWN", "DEADLINE_EXCEEDED", "PERMISSION_DENIED", "INTERNAL",
        "UNAVAILABLE", "UNAUTHENTICATED",
    ]:
        fails_with_extra(client, code, EXCEPTIONS[code])


@case("error extra info of other codes")
def _(client, id_):
    # Codes for which C++ has no FlightStatusCode: the information must
    # arrive, whatever the exception is called.
    for code in ["NOT_FOUND", "INVALID_ARGUMENT", "ALREADY_EXISTS"]:
        body = json.dumps([code, "later", "extra"])
        try:
            act(client, "fail", body)
        except fl.FlightError as error:
            equal(error.extra_info, b"extra")
            assert "later" in str(error), str(error)
        else:
            raise AssertionError("no error")


@case("error of no FlightError")
def _(client, id_):
    error = raised(fl.FlightServerError, lambda: act(client, "throw"))
    assert "secret" not in str(error), str(error)
    assert "the service failed to handle the call" in str(error), str(error)


@case("error with a long text")
def _(client, id_):
    message = "ü" * 500
    body = json.dumps(["INTERNAL", message])
    error = raised(fl.FlightInternalError, lambda: act(client, "fail", body))
    assert message in str(error), str(error)
    body = json.dumps(["INTERNAL", message * 100])
    error = raised(fl.FlightInternalError, lambda: act(client, "fail", body))
    assert "üüü" in str(error), str(error)


@case("error after batches")
def _(client, id_):
    reader = client.do_get(
        ticket("fail after", 3, "UNAVAILABLE", "half way", "extra")
    )
    for index in range(3):
        big_stream.check(reader.read_chunk().data, index)
    error = raised(fl.FlightUnavailableError, reader.read_chunk)
    assert "half way" in str(error), str(error)
    equal(error.extra_info, b"extra")


@case("error after results")
def _(client, id_):
    body = json.dumps([2, "UNAVAILABLE", "half way", "extra"]).encode()
    results = iter(client.do_action(("fail after", body)))
    equal(next(results).body.to_pybytes(), b"0")
    equal(next(results).body.to_pybytes(), b"1")
    error = raised(fl.FlightUnavailableError, lambda: next(results))
    equal(error.extra_info, b"extra")


@case("error in an upload")
def _(client, id_):
    writer, reader = client.do_put(
        path("fail after", 2, "UNAVAILABLE", "full", "disk 7"),
        big_stream.SCHEMA,
    )
    for index in range(2):
        number = str(index).encode()
        writer.write_with_metadata(big_stream.batch(index), number)
        equal(reader.read(), number)

    def write_on():
        for index in itertools.count(2):
            writer.write_batch(big_stream.batch(index))

    error = raised(fl.FlightUnavailableError, write_on)
    assert "full" in str(error), str(error)
    equal(error.extra_info, b"disk 7")
    raised(fl.FlightUnavailableError, writer.close)


@case("error in an exchange")
def _(client, id_):
    writer, reader = client.do_exchange(
        path("fail after", 1, "PERMISSION_DENIED", "no", "why")
    )
    writer.begin(big_stream.SCHEMA)
    writer.write_batch(big_stream.batch(0))
    error = raised(fl.FlightUnauthorizedError, reader.read_chunk)
    equal(error.extra_info, b"why")
    raised(fl.FlightUnauthorizedError, writer.close)


@case("deadline")
def _(client, id_):
    options = fl.FlightCallOptions(timeout=0.3)
    raised(
        fl.FlightTimedOutError,
        lambda: act(client, "hang", id_, options),
    )
    # The server may notice its own timer or the reset of the client first.
    assert event(client, id_) in ["DEADLINE_EXCEEDED", "CANCELLED"]
    before = time.time() * 1000
    options = fl.FlightCallOptions(timeout=60)
    seen = float(act(client, "deadline", "", options))
    assert before + 59_000 < seen <= time.time() * 1000 + 61_000, seen
    equal(act(client, "deadline"), "none")


@case("deadline of a stream")
def _(client, id_):
    options = fl.FlightCallOptions(timeout=1)
    reader = client.do_get(ticket("endless", id_), options)

    def read_on():
        for index in itertools.count():
            big_stream.check(reader.read_chunk().data, index)

    raised(fl.FlightTimedOutError, read_on)
    equal(event(client, id_), "stopped")


# Streams


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
        [sys.executable, __file__, "vanish", str(PORT), id_], check=False
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


# Headers, logging in, limits


@case("headers")
def _(client, id_):
    received = Received()
    other = connect(middleware=[received])
    options = fl.FlightCallOptions(
        headers=[
            (b"x-ask", b"one"),
            (b"x-ask", b"two, three"),
            (b"x-ask-bin", b"\x00\xff\n"),
            (b"x-empty", b""),
        ]
    )
    seen = json.loads(act(other, "headers", "", options))
    # gRPC allows joining values of one name; some HTTP/2 stacks do.
    equal(", ".join(seen["x-ask"]), "one, two, three")
    equal(seen["x-ask-bin"], ["00ff0a"])
    equal(seen["x-empty"], [""])
    equal(", ".join(received.headers["x-reply"]), "one, two, three")
    equal(received.headers["x-reply-bin"], [b"\x00\xff\n"])
    equal(received.headers["x-trailer"], ["at the end"])


@case("headers of a failure")
def _(client, id_):
    received = Received()
    other = connect(middleware=[received])
    options = fl.FlightCallOptions(headers=[(b"x-ask", b"here")])
    raised(
        pa.ArrowKeyError,
        lambda: act(other, "fail", '["NOT_FOUND", "no"]', options),
    )
    equal(received.headers["x-reply"], ["here"])


class Login(fl.ClientAuthHandler):
    def __init__(self, password):
        super().__init__()
        self.password = password
        self.token = b""

    def authenticate(self, outgoing, incoming):
        outgoing.write(fl.BasicAuth(b"user", self.password).serialize())
        self.token = incoming.read()

    def get_token(self):
        return self.token


@case("handshake")
def _(client, id_):
    equal(act(client, "who"), "nobody")
    other = connect()
    other.authenticate(Login(b"secret"))
    equal(act(other, "who"), "token of user")


@case("handshake by header")
def _(client, id_):
    header = client.authenticate_basic_token("user", "secret")
    equal(header, (b"authorization", b"Bearer token of user"))
    options = fl.FlightCallOptions(headers=[header])
    equal(act(client, "who", "", options), "token of user")


@case("handshake refused")
def _(client, id_):
    raised(
        fl.FlightUnauthenticatedError,
        lambda: connect().authenticate(Login(b"wrong")),
    )
    raised(
        fl.FlightUnauthenticatedError,
        lambda: connect().authenticate_basic_token("user", "wrong"),
    )


def scenario_cases():
    for name, check in pyarrow_scenarios.CLIENTS.items():

        @case(f"scenario {name}")
        def _(client, id_, name=name, check=check):
            port = act(client, "scenario", name)
            check(
                lambda **options: fl.FlightClient(
                    f"grpc://127.0.0.1:{port}", **options
                )
            )


scenario_cases()


@case("message above our limit")
def _(client, id_):
    large = datasets.large_batch(32)
    error = raised(
        pa.ArrowInvalid, lambda: put(client, large, "store", id_)
    )
    assert "maxReceiveMessageBytes" in str(error), str(error)
    # The connection survives it.
    equal(act(client, "echo", "yes"), "yes")


# TLS

ROOTS = {"tls_root_certs": certificates.read("ca_cert")}
OTHER_ROOTS = {"tls_root_certs": certificates.read("other_ca_cert")}


def certified(name):
    return {
        "cert_chain": certificates.read(f"{name}_cert"),
        "private_key": certificates.read(f"{name}_key"),
    }


def over(client, server, **options):
    """A client of a server with TLS."""
    port = json.loads(act(client, "TLS ports"))[server]
    return fl.FlightClient(f"grpc+tls://localhost:{port}", **options)


def read_all(client):
    reader = client.do_get(ticket("big", 8, "tls"))
    count = 0
    for count, chunk in enumerate(reader, 1):
        big_stream.check(chunk.data, count - 1)
    equal(count, 8)


def not_connected(client):
    raised(fl.FlightUnavailableError, lambda: read_all(client))


@case("TLS")
def _(client, id_):
    read_all(over(client, "tls", **ROOTS))


@case("TLS refused")
def _(client, id_):
    not_connected(over(client, "tls"))
    not_connected(over(client, "tls", **OTHER_ROOTS))
    not_connected(over(client, "tls", **ROOTS, override_hostname="other.test"))


@case("TLS unverified")
def _(client, id_):
    read_all(over(client, "tls", disable_server_verification=True))


@case("TLS by another name")
def _(client, id_):
    read_all(over(client, "tls", **ROOTS, override_hostname="flight.test"))


@case("TLS with the certificate of a host")
def _(client, id_):
    read_all(over(client, "tls", **OTHER_ROOTS, override_hostname="sni.test"))


@case("mutual TLS")
def _(client, id_):
    secure = over(client, "mutual", **ROOTS, **certified("worker"))
    equal(act(secure, "certificate"), "spiffe://flight.test/worker")
    read_all(secure)


@case("mutual TLS refused")
def _(client, id_):
    not_connected(over(client, "mutual", **ROOTS))
    not_connected(over(client, "mutual", **ROOTS, **certified("client")))


def run(name):
    with connect() as client:
        CASES[name](client, f"{name} {os.getpid()}")


if __name__ == "__main__":
    if sys.argv[1] == "list":
        print(json.dumps(list(CASES)))
    elif sys.argv[1] == "vanish":
        PORT = int(sys.argv[2])
        vanish(sys.argv[3])
    else:
        PORT = int(sys.argv[2])
        case_runner.run_cases(json.loads(sys.argv[3]), run)
    sys.stdout.flush()
    # Calls that hang would keep the process.
    os._exit(0)
