"""The official Flight server that our client is tested against.

Prints its port on the first line. pyarrow/service.ts answers the same requests:
tickets and paths are a verb and its arguments.
"""

import json
import os
import sys
import threading

import pyarrow as pa
import pyarrow.flight as fl

import big_stream
import certificates
import datasets
import encoded_data
import pyarrow_scenarios
import endpoints

# Longest wait for something that a client does next.
PATIENCE_S = 30

ERRORS = {
    "INTERNAL": fl.FlightInternalError,
    "DEADLINE_EXCEEDED": fl.FlightTimedOutError,
    "CANCELLED": fl.FlightCancelledError,
    "UNAUTHENTICATED": fl.FlightUnauthenticatedError,
    "PERMISSION_DENIED": fl.FlightUnauthorizedError,
    "UNAVAILABLE": fl.FlightUnavailableError,
    "UNKNOWN": fl.FlightServerError,
    "NOT_FOUND": KeyError,
    "INVALID_ARGUMENT": pa.ArrowInvalid,
    "UNIMPLEMENTED": NotImplementedError,
    "OUT_OF_RANGE": IndexError,
    # What Python programs raise without thinking of Flight.
    "RuntimeError": RuntimeError,
    "ValueError": ValueError,
    "TypeError": TypeError,
    "MemoryError": MemoryError,
    "ArrowKeyError": pa.ArrowKeyError,
    "ArrowCapacityError": pa.ArrowCapacityError,
}


def failure(code, message, extra=""):
    """The exception for a code of ours, with its extra information."""
    error = ERRORS[code]
    if issubclass(error, fl.FlightError) and extra:
        return error(message, extra_info=extra.encode())
    return error(message)


class Events:
    """What happened in calls, for other calls to ask about."""

    def __init__(self):
        self.changed = threading.Condition()
        self.values = {}

    def set(self, name, value):
        with self.changed:
            self.values[name] = value
            self.changed.notify_all()

    def get(self, name):
        with self.changed:
            return self.values.get(name)

    def wait(self, name):
        with self.changed:
            if not self.changed.wait_for(
                lambda: name in self.values, PATIENCE_S
            ):
                raise fl.FlightTimedOutError(f"{name} did not happen")
            return self.values[name]


class Headers(fl.ServerMiddlewareFactory):
    """Keeps the headers of each call, and answers some of them."""

    def start_call(self, info, headers):
        return HeadersOfCall(info, headers)


class HeadersOfCall(fl.ServerMiddleware):
    def __init__(self, info, headers):
        self.method = info.method
        self.headers = headers

    def sending_headers(self):
        reply = {}
        if "x-ask" in self.headers:
            reply["x-reply"] = self.headers["x-ask"]
        if "x-ask-bin" in self.headers:
            reply["x-reply-bin"] = self.headers["x-ask-bin"]
        if self.authorization() == "Basic dXNlcjpzZWNyZXQ=":
            reply["authorization"] = ["Bearer token of user"]
        return reply

    def authorization(self):
        for name, values in self.headers.items():
            if name.lower() == "authorization":
                # Padding is optional.
                return values[0] + "=" * (-len(values[0].split()[-1]) % 4)
        return None


class Login(fl.ServerAuthHandler):
    """Both ways to log in: by BasicAuth messages, and by a header."""

    def authenticate(self, outgoing, incoming):
        try:
            payload = incoming.read()
        except (pa.ArrowException, OSError):
            # No message: the header, which the middleware answers.
            return
        auth = fl.BasicAuth.deserialize(payload)
        if (auth.username, auth.password) != (b"user", b"secret"):
            raise fl.FlightUnauthenticatedError("wrong user or password")
        outgoing.write(b"token of user")

    def is_valid(self, token):
        return token or b"nobody"


class Server(fl.FlightServerBase):
    def __init__(self, location="grpc://127.0.0.1:0", **options):
        super().__init__(
            location, middleware={"headers": Headers()}, **options
        )
        self.events = Events()
        self.stored = {}
        self.tls_ports = {}
        self.scenarios = []
        self.elsewhere = endpoints.Elsewhere()

    # Descriptions

    def list_flights(self, context, criteria):
        prefix = criteria.decode()
        if prefix == "fail":
            yield self.info(fl.FlightDescriptor.for_path("before"))
            raise fl.FlightUnavailableError("the list ends here")
        for name in ["alpha", "beta", "beta two", "gamma"]:
            if name.startswith(prefix):
                yield self.info(fl.FlightDescriptor.for_path("list", name))

    def get_flight_info(self, context, descriptor):
        if descriptor.command == b"minimal":
            return fl.FlightInfo(None, descriptor, [])
        if (descriptor.command or b"").startswith(b"endpoints "):
            return endpoints.info(descriptor, self.elsewhere)
        if descriptor.command is not None:
            raise KeyError("no such flight")
        return self.info(descriptor)

    def info(self, descriptor):
        return fl.FlightInfo(
            datasets.dataset("metadata").schema,
            descriptor,
            [
                fl.FlightEndpoint(
                    b"\0ticket\xff",
                    ["grpc://127.0.0.1:1", "grpc+tls://example.com:2"],
                    pa.scalar(1_700_000_000_123, pa.timestamp("ms"))
                    .cast(pa.timestamp("ns", "UTC")),
                    b"\1endpoint",
                ),
                fl.FlightEndpoint(
                    b"second", ["arrow-flight-reuse-connection://?"]
                ),
            ],
            12,
            2**53 + 1,
            True,
            b"\2info",
        )

    def get_schema(self, context, descriptor):
        verb, *arguments = [part.decode() for part in descriptor.path]
        if verb != "data":
            raise KeyError("no such flight")
        return fl.SchemaResult(datasets.dataset(arguments[0]).schema)

    # Data

    def do_get(self, context, ticket):
        verb, *arguments = json.loads(ticket.ticket)
        if verb == "data":
            data = datasets.dataset(arguments[0])
            return self.numbered(data.schema, data.batches, data.options)
        if verb == "stored":
            schema, batches = self.stored[arguments[0]]
            return self.numbered(schema, batches)
        if verb == "big":
            return fl.GeneratorStream(
                big_stream.SCHEMA, self.counted(*arguments)
            )
        if verb == "endless":
            return fl.GeneratorStream(
                big_stream.SCHEMA, self.endless(context, *arguments)
            )
        if verb == "numbers":
            return fl.GeneratorStream(
                endpoints.SCHEMA, endpoints.numbers(*arguments, "here")
            )
        if verb == "hang":
            self.hang(context, arguments[0])
        if verb == "fail":
            raise failure(*arguments)
        if verb == "fail after":
            count, *rest = arguments
            return fl.GeneratorStream(
                big_stream.SCHEMA, self.fail_after(count, rest)
            )
        raise KeyError(f"no data for {verb}")

    def numbered(self, schema, batches, options=None):
        if not datasets.is_numbered(schema):
            reader = pa.RecordBatchReader.from_batches(schema, batches)
            return fl.RecordBatchStream(reader, options)
        return fl.GeneratorStream(
            schema,
            (
                (batch, str(index).encode())
                for index, batch in enumerate(batches)
            ),
            options,
        )

    def counted(self, count, event):
        for index in range(count):
            self.events.set(event, index + 1)
            yield big_stream.batch(index)

    def endless(self, context, event):
        try:
            index = 0
            while True:
                yield big_stream.batch(index)
                index += 1
        finally:
            self.events.set(event, "stopped")

    def fail_after(self, count, error):
        for index in range(count):
            yield big_stream.batch(index)
        raise failure(*error)

    def hang(self, context, event):
        # There is nothing to wait on for a cancellation.
        tick = threading.Event()
        for _ in range(PATIENCE_S * 100):
            if context.is_cancelled():
                self.events.set(event, "cancelled")
                raise fl.FlightCancelledError("cancelled while hanging")
            tick.wait(0.01)
        raise fl.FlightTimedOutError("nobody cancelled")

    def do_put(self, context, descriptor, reader, writer):
        verb, *arguments = [part.decode() for part in descriptor.path]
        if verb == "store":
            self.store(reader, writer, *arguments)
        elif verb == "collect":
            encoded_data.collect(reader, *arguments)
        elif verb == "count":
            rows, batches = 0, 0
            for chunk in reader:
                batches += 1
                rows += chunk.data.num_rows
                big_stream.check(chunk.data, batches - 1)
            writer.write(json.dumps([rows, batches]).encode())
        elif verb == "messages":
            # What arrived, one letter for each message.
            for chunk in reader:
                kind = "metadata" if chunk.data is None else "batch"
                text = chunk.app_metadata
                writer.write(
                    f"{kind} {text.to_pybytes().decode()}".encode()
                    if text is not None
                    else f"{kind}".encode()
                )
        elif verb == "early":
            for _ in range(int(arguments[0])):
                reader.read_chunk()
            writer.write(b"enough")
        elif verb == "fail after":
            count, *rest = arguments
            for _ in range(int(count)):
                chunk = reader.read_chunk()
                writer.write(chunk.app_metadata)
            raise failure(*rest)
        elif verb == "wait":
            reader.read_chunk()
            self.events.wait(arguments[0])
            rows = sum(chunk.data.num_rows for chunk in reader)
            writer.write(str(rows).encode())
        elif verb == "cancelled":
            writer.write(b"started")
            try:
                # C++ takes a cancellation for the end of the upload.
                for _ in reader:
                    pass
            finally:
                self.set_outcome(context, arguments[0])
        else:
            raise KeyError(f"no upload {verb}")

    def store(self, reader, writer, key, name=None, form="data"):
        batches = []
        for chunk in reader:
            if chunk.data is None:
                raise ValueError("a message without a batch")
            expected = str(len(batches)).encode()
            if chunk.app_metadata != expected:
                raise ValueError(f"app_metadata of batch {len(batches)}")
            batches.append(chunk.data)
            writer.write(chunk.app_metadata)
        self.stored[key] = (reader.schema, batches)
        if name is None:
            return
        data = datasets.dataset(name)
        wanted = data.batches if form == "data" else data.sliced()
        problem = datasets.difference(
            reader.schema, batches, data.schema, wanted
        )
        if problem is not None:
            raise pa.ArrowInvalid(problem)

    def do_exchange(self, context, descriptor, reader, writer):
        verb, *arguments = [part.decode() for part in descriptor.path]
        if verb == "echo":
            begun = False
            for chunk in reader:
                if chunk.data is None:
                    writer.write_metadata(chunk.app_metadata)
                    continue
                if not begun:
                    writer.begin(chunk.data.schema)
                    begun = True
                if chunk.app_metadata is None:
                    writer.write_batch(chunk.data)
                else:
                    writer.write_with_metadata(chunk.data, chunk.app_metadata)
        elif verb == "server first":
            writer.write_metadata(b"before the schema")
            writer.begin(big_stream.SCHEMA)
            writer.write_batch(big_stream.batch(0))
            rows = sum(chunk.data.num_rows for chunk in reader)
            writer.write_metadata(str(rows).encode())
        elif verb == "fail after":
            count, *rest = arguments
            for _ in range(int(count)):
                reader.read_chunk()
            raise failure(*rest)
        elif verb == "endless":
            try:
                writer.begin(big_stream.SCHEMA)
                while True:
                    writer.write_batch(big_stream.batch(0))
            finally:
                self.set_outcome(context, arguments[0])
        else:
            raise KeyError(f"no exchange {verb}")

    def set_outcome(self, context, event):
        # The stream may end a moment before the call is known as cancelled.
        tick = threading.Event()
        for _ in range(500):
            if context.is_cancelled():
                break
            tick.wait(0.01)
        self.events.set(
            event, "cancelled" if context.is_cancelled() else "ended"
        )

    # Actions

    def list_actions(self, context):
        return [("echo", "Gives the body back."), ("many", "Ünïcode")]

    def do_action(self, context, action):
        body = action.body.to_pybytes()
        if action.type == "echo":
            return [body]
        if action.type == "none":
            return []
        if action.type in encoded_data.CHECKS:
            check = encoded_data.CHECKS[action.type]
            return [json.dumps(check(*json.loads(body))).encode()]
        if action.type == "custom metadata":
            return [encoded_data.with_custom_metadata(body)]
        if action.type == "many":
            return (str(row).encode() for row in range(int(body)))
        if action.type == "fail":
            raise failure(*json.loads(body))
        if action.type == "fail after":
            return self.results_then_failure(*json.loads(body))
        if action.type == "headers":
            context.add_trailer("x-trailer", "at the end")
            headers = context.get_middleware("headers").headers
            return [json.dumps(headers, default=bytes.hex).encode()]
        if action.type in ("who", "certificate"):
            return [context.peer_identity()]
        if action.type == "TLS ports":
            return [json.dumps(self.tls_ports).encode()]
        if action.type == "scenario":
            scenario = pyarrow_scenarios.SERVERS[body.decode()]()
            self.scenarios.append(scenario)
            return [str(scenario.port).encode()]
        if action.type == "wait":
            return [json.dumps(self.events.wait(body.decode())).encode()]
        if action.type == "set":
            self.events.set(body.decode(), "set")
            return []
        if action.type == "get":
            return [json.dumps(self.events.get(body.decode())).encode()]
        if action.type == "hang":
            self.hang(context, body.decode())
        if action.type == "endless":
            return self.endless_results(body.decode())
        if action.type == "RenewFlightEndpoint":
            return [endpoints.renew(body)]
        if action.type == "exit":
            os._exit(0)
        raise NotImplementedError(f"no action {action.type}")

    def results_then_failure(self, count, *error):
        for index in range(count):
            yield str(index).encode()
        raise failure(*error)

    def endless_results(self, event):
        try:
            while True:
                yield b"x" * 1000
        finally:
            self.events.set(event, "stopped")


def tls_servers():
    """Servers with TLS and with mutual TLS, with several certificates."""
    options = {
        "location": "grpc+tls://localhost:0",
        "tls_certificates": [
            (certificates.read(f"{name}_cert"), certificates.read(f"{name}_key"))
            for name in ("server", "sni")
        ],
    }
    mutual = {
        "verify_client": True,
        "root_certificates": certificates.read("other_ca_cert"),
    }
    return {"tls": Server(**options), "mutual": Server(**options, **mutual)}


if __name__ == "__main__":
    with Server(auth_handler=Login()) as server:
        secure = tls_servers()
        server.tls_ports = {name: secure[name].port for name in secure}
        print(server.port, flush=True)
        # Whoever started this holds its standard input open.
        sys.stdin.read()
        os._exit(0)
