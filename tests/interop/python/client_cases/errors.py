"""Errors of each side."""

import itertools
import json
import time

import pyarrow as pa
import pyarrow.flight as fl

import big_stream
from client_cases.case import CASES, act, case, equal, event, path, raised, ticket

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
