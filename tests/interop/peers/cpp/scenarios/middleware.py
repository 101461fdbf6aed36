"""middleware: a header goes there and back, whatever becomes of the call."""

import pyarrow as pa
import pyarrow.flight as fl

from .numbers import equal

HEADER = "x-middleware"
VALUE = "expected value"


def values_of(headers):
    # The names have the case that the peer gave them.
    found = [headers[name] for name in headers if name.lower() == HEADER]
    return sum(found, [])


class Echo(fl.ServerMiddlewareFactory):
    def start_call(self, info, headers):
        return EchoOfCall((values_of(headers) + [""])[0])


class EchoOfCall(fl.ServerMiddleware):
    def __init__(self, value):
        self.value = value

    def sending_headers(self):
        return {HEADER: self.value}


class Server(fl.FlightServerBase):
    def get_flight_info(self, context, descriptor):
        if descriptor.command != b"success":
            raise fl.FlightServerError("Unknown")
        endpoint = fl.FlightEndpoint("foo", ["grpc+tcp://localhost:10010"])
        return fl.FlightInfo(pa.schema([]), descriptor, [endpoint])


def server(location):
    return Server(location, middleware={"echo": Echo()})


class Sender(fl.ClientMiddlewareFactory):
    def __init__(self):
        self.received = []

    def start_call(self, info):
        return SenderOfCall(self)


class SenderOfCall(fl.ClientMiddleware):
    def __init__(self, sender):
        self.sender = sender

    def sending_headers(self):
        return {HEADER: VALUE}

    def received_headers(self, headers):
        self.sender.received += values_of(headers)


def run(connect):
    sender = Sender()
    with connect(middleware=[sender]) as client:
        try:
            client.get_flight_info(fl.FlightDescriptor.for_command(b""))
        except pa.ArrowException:
            # C++ sends it before and after the answer.
            equal(set(sender.received), {VALUE})
        else:
            raise AssertionError("the call did not fail")
        sender.received.clear()
        client.get_flight_info(fl.FlightDescriptor.for_command("success"))
        equal(set(sender.received), {VALUE})
