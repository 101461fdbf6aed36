"""What stands around calls, against pyarrow: servers of their own, and clients.

auth:basic_proto and middleware are scenarios of Arrow's integration tests.
pyarrow/scenarios.ts and pyarrow/cases/scenarios.ts do the same in the other direction.
"""

import base64

import pyarrow as pa
import pyarrow.flight as fl

import session_messages

EMPTY = pa.schema([])


def equal(found, wanted):
    assert found == wanted, f"{found!r} instead of {wanted!r}"


def unauthenticated(function):
    try:
        function()
    except fl.FlightUnauthenticatedError as error:
        return error
    raise AssertionError("it was allowed")


def who(client, options=None):
    results = list(client.do_action(("", b""), options))
    equal(len(results), 1)
    return results[0].body.to_pybytes().decode()


class Who(fl.FlightServerBase):
    """Answers every action with who calls."""

    def do_action(self, context, action):
        return [context.peer_identity()]


# auth:basic_proto


class BasicProtoServerAuth(fl.ServerAuthHandler):
    def authenticate(self, outgoing, incoming):
        auth = fl.BasicAuth.deserialize(incoming.read())
        if (auth.username, auth.password) != (b"arrow", b"flight"):
            raise fl.FlightUnauthenticatedError("invalid credentials")
        outgoing.write(auth.username)

    def is_valid(self, token):
        if token != b"arrow":
            raise fl.FlightUnauthenticatedError("invalid token")
        return token


class BasicProtoClientAuth(fl.ClientAuthHandler):
    def __init__(self, password):
        super().__init__()
        self.password = password
        self.token = b""

    def authenticate(self, outgoing, incoming):
        auth = fl.BasicAuth(b"arrow", self.password)
        outgoing.write(auth.serialize())
        self.token = incoming.read()

    def get_token(self):
        return self.token


def basic_proto_server():
    return Who("grpc://127.0.0.1:0", auth_handler=BasicProtoServerAuth())


def basic_proto_client(connect):
    unauthenticated(lambda: who(connect()))
    wrong = connect()
    unauthenticated(
        lambda: wrong.authenticate(BasicProtoClientAuth(b"wrong"))
    )
    client = connect()
    client.authenticate(BasicProtoClientAuth(b"flight"))
    equal(who(client), "arrow")
    equal(who(client), "arrow")


# auth:header


class NoHandshake(fl.ServerAuthHandler):
    """Handshakes succeed: what counts are headers."""

    def authenticate(self, outgoing, incoming):
        pass

    def is_valid(self, token):
        return b""


class HeaderAuth(fl.ServerMiddlewareFactory):
    """Basic once, then Bearer; as in the documentation of pyarrow."""

    def __init__(self):
        self.tokens = {}
        self.logins = 0

    def start_call(self, info, headers):
        value = next(
            (v[0] for k, v in headers.items() if k.lower() == "authorization"),
            "",
        )
        scheme, _, credentials = value.partition(" ")
        if scheme == "Basic":
            padding = "=" * (-len(credentials) % 4)
            pair = base64.b64decode(credentials + padding)
            if pair != b"test:password":
                raise fl.FlightUnauthenticatedError("wrong password")
            self.logins += 1
            token = f"token {self.logins}"
            self.tokens[token] = "test"
            return HeaderAuthOfCall(self, token)
        if scheme == "Bearer" and credentials in self.tokens:
            return HeaderAuthOfCall(self, credentials)
        raise fl.FlightUnauthenticatedError("no valid token")


class HeaderAuthOfCall(fl.ServerMiddleware):
    def __init__(self, factory, token):
        self.factory = factory
        self.token = token

    def sending_headers(self):
        return {"authorization": f"Bearer {self.token}"}


class HeaderAuthServer(fl.FlightServerBase):
    def do_action(self, context, action):
        auth = context.get_middleware("auth")
        if action.type == "forget":
            auth.factory.tokens.clear()
        return [auth.token.encode()]


def header_server(auth_handler):
    return HeaderAuthServer(
        "grpc://127.0.0.1:0",
        auth_handler=auth_handler,
        middleware={"auth": HeaderAuth()},
    )


def header_client(connect):
    client = connect()
    unauthenticated(lambda: who(client))
    unauthenticated(
        lambda: client.authenticate_basic_token(b"test", b"wrong")
    )
    name, value = client.authenticate_basic_token(b"test", b"password")
    equal(name, b"authorization")
    assert value.startswith(b"Bearer "), value
    options = fl.FlightCallOptions(headers=[(name, value)])
    equal(who(client, options), "test")
    for header in (
        b"Bearer x",
        b"Basic " + base64.b64encode(b"test:wrong"),
        b"Digest x",
    ):
        wrong = fl.FlightCallOptions(headers=[(name, header)])
        unauthenticated(lambda: who(client, wrong))
    # With any call, and without padding, as Go has it.
    basic = b"Basic " + base64.b64encode(b"test:password").rstrip(b"=")
    options = fl.FlightCallOptions(headers=[(name, basic)])
    equal(who(client, options), "test")


# middleware


class Echo(fl.ServerMiddlewareFactory):
    def start_call(self, info, headers):
        return EchoOfCall(headers.get("x-middleware", [""])[0])


class EchoOfCall(fl.ServerMiddleware):
    def __init__(self, value):
        self.value = value

    def sending_headers(self):
        return {"x-middleware": self.value}


class MiddlewareServer(fl.FlightServerBase):
    def get_flight_info(self, context, descriptor):
        if descriptor.command != b"success":
            raise fl.FlightServerError("Unknown")
        endpoint = fl.FlightEndpoint(b"foo", ["grpc+tcp://localhost:10010"])
        return fl.FlightInfo(EMPTY, descriptor, [endpoint])


def middleware_server():
    return MiddlewareServer(
        "grpc://127.0.0.1:0", middleware={"echo": Echo()}
    )


class Expecting(fl.ClientMiddlewareFactory):
    def __init__(self):
        self.received = []

    def start_call(self, info):
        return ExpectingOfCall(self.received)


class ExpectingOfCall(fl.ClientMiddleware):
    def __init__(self, received):
        self.received = received

    def sending_headers(self):
        return {"x-middleware": "expected value"}

    def received_headers(self, headers):
        self.received.extend(headers.get("x-middleware", []))


def middleware_client(connect):
    expecting = Expecting()
    client = connect(middleware=[expecting])
    try:
        client.get_flight_info(fl.FlightDescriptor.for_command(b""))
        raise AssertionError("it was no failure")
    except fl.FlightServerError:
        pass
    equal(expecting.received, ["expected value"])
    expecting.received.clear()
    client.get_flight_info(fl.FlightDescriptor.for_command(b"success"))
    equal(expecting.received, ["expected value"])


# cookies: only clients of ours have a jar


class Cookies(fl.ServerMiddlewareFactory):
    def start_call(self, info, headers):
        # C++ sends headers before it calls the handler: only here can it be told.
        return CookiesOfCall(headers.get("cookie", []), headers.get("x-set", []))


class CookiesOfCall(fl.ServerMiddleware):
    def __init__(self, cookies, set_):
        self.cookies = cookies
        self.set = set_

    def sending_headers(self):
        return {"set-cookie": self.set} if self.set else {}


class CookieServer(fl.FlightServerBase):
    def do_action(self, context, action):
        cookies = context.get_middleware("cookies")
        if action.type == "trailer":
            context.add_trailer("set-cookie", action.body.to_pybytes().decode())
        return ["; ".join(cookies.cookies).encode()]


def cookie_server():
    return CookieServer(
        "grpc://127.0.0.1:0", middleware={"cookies": Cookies()}
    )


# session_options, with a jar for one cookie


class SessionCookie(fl.ClientMiddlewareFactory):
    def __init__(self):
        self.cookie = None

    def start_call(self, info):
        return SessionCookieOfCall(self)


class SessionCookieOfCall(fl.ClientMiddleware):
    def __init__(self, jar):
        self.jar = jar

    def sending_headers(self):
        return {} if self.jar.cookie is None else {"cookie": self.jar.cookie}

    def received_headers(self, headers):
        for value in headers.get("set-cookie", []):
            pair, _, attributes = value.partition(";")
            ended = attributes.strip().lower() == "max-age=0"
            self.jar.cookie = None if ended else pair


def session_client(connect):
    jar = SessionCookie()
    client = connect(middleware=[jar])

    def act(type_, body=b""):
        results = list(client.do_action((type_, body)))
        equal(len(results), 1)
        return results[0].body.to_pybytes()

    def set_(options):
        body = session_messages.encode_options(options)
        return session_messages.decode_errors(act("SetSessionOptions", body))

    def get():
        return session_messages.decode_options(act("GetSessionOptions"))

    list_ = ["a", "b", "sea", "dee", " ", "  ", "geee", "(づ｡◕‿‿◕｡)づ"]
    equal(get(), {})
    equal(jar.cookie, None)
    errors = set_(
        {
            "foolong": 123,
            "bardouble": 456.0,
            "lol_invalid": "this won't get set",
            "key_with_invalid_value": "lol_invalid",
            "big_ol_string_list": list_,
        }
    )
    equal(errors, {"lol_invalid": 1, "key_with_invalid_value": 2})
    assert jar.cookie.startswith("arrow_flight_session"), jar.cookie
    equal(
        get(),
        {"foolong": 123, "bardouble": 456.0, "big_ol_string_list": list_},
    )
    joined = ",".join(list_)
    equal(set_({"foolong": None, "big_ol_string_list": joined}), {})
    equal(get(), {"bardouble": 456.0, "big_ol_string_list": joined})
    equal(session_messages.decode_status(act("CloseSession")), 1)
    equal(jar.cookie, None)
    equal(get(), {})
    # Nothing left to close, and a session that is none.
    for cookie in (None, "arrow_flight_session_id=1; arrow_flight_session=1"):
        jar.cookie = cookie
        try:
            act("CloseSession")
            raise AssertionError("it was closed")
        except pa.ArrowKeyError:
            pass


SERVERS = {
    "auth:basic_proto": basic_proto_server,
    "auth:header": lambda: header_server(NoHandshake()),
    "auth:header without handshake": lambda: header_server(None),
    "middleware": middleware_server,
    "cookies": cookie_server,
}

# By scenario: what is done with a function that connects.
CLIENTS = {
    "auth:basic_proto": basic_proto_client,
    "auth:header": header_client,
    "middleware": middleware_client,
    "session_options": session_client,
    "session_options, stateless": session_client,
}
