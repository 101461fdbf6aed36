"""What the cases have in common."""

import json

import pyarrow as pa
import pyarrow.flight as fl

_port = 0
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


def use_server(port):
    """Says which server the cases are for."""
    global _port
    _port = port


def server_port():
    return _port


def connect(**options):
    return fl.FlightClient(f"grpc://127.0.0.1:{_port}", **options)


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
