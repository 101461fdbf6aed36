"""Headers, logging in, limits."""

import json

import pyarrow as pa
import pyarrow.flight as fl

import datasets
import pyarrow_scenarios
from client_cases.case import Received, act, case, connect, equal, raised
from client_cases.data import put


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
