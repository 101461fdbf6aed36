"""expiration_time:…: endpoints that expire, can be cancelled and renewed.

pyarrow has no methods for the two predefined actions, but the messages that are
inside those of the actions.
"""

import datetime
import threading

import pyarrow as pa
import pyarrow.flight as fl

from .numbers import UINT32, batch, equal

CANCEL = "CancelFlightInfo"
RENEW = "RenewFlightEndpoint"

# The endpoints, and for how many seconds they are valid.
ENDPOINTS = [("No expiration time", None), ("5 seconds", 5), ("6 seconds", 6)]

# CancelFlightInfoResult: field 1 is CANCEL_STATUS_CANCELLED or
# CANCEL_STATUS_NOT_CANCELLABLE.
CANCELLED = b"\x08\x01"
NOT_CANCELLABLE = b"\x08\x03"


def wrapped(message):
    """A message whose field 1 is another one: the request of either action."""
    length = len(message)
    varint = b""
    while length > 0x7F:
        varint += bytes([length & 0x7F | 0x80])
        length >>= 7
    return b"\x0a" + varint + bytes([length]) + message


def unwrapped(request):
    """The message in field 1."""
    assert request[0] == 0x0A, request
    start = 1
    while request[start] > 0x7F:
        start += 1
    return request[start + 1 :]


def seconds_on(seconds):
    now = datetime.datetime.now(datetime.timezone.utc)
    later = now + datetime.timedelta(seconds=seconds)
    return pa.scalar(later, pa.timestamp("ns", "UTC"))


class Server(fl.FlightServerBase):
    def __init__(self, *args):
        super().__init__(*args)
        self.lock = threading.Lock()
        self.states = []

    def state(self, ticket):
        """The number before the colon leads to it."""
        index = int(ticket.ticket.split(b":")[0])
        return index, self.states[index]

    def get_flight_info(self, context, descriptor):
        with self.lock:
            self.states = [
                {
                    "expiration": seconds and seconds_on(seconds),
                    "was_read": False,
                    "is_cancelled": False,
                }
                for _, seconds in ENDPOINTS
            ]
            endpoints = [
                fl.FlightEndpoint(
                    f"{index}: {title}", [], self.states[index]["expiration"]
                )
                for index, (title, _) in enumerate(ENDPOINTS)
            ]
        return fl.FlightInfo(UINT32, descriptor, endpoints)

    def do_get(self, context, ticket):
        with self.lock:
            index, state = self.state(ticket)
            expiration = state["expiration"]
            if expiration is None:
                is_over = state["was_read"]
            else:
                is_over = expiration.value < seconds_on(0).value
            if state["is_cancelled"] or is_over:
                raise KeyError("cancelled, expired or read already")
            state["was_read"] = True
        return fl.GeneratorStream(UINT32, iter([batch(UINT32, [index])]))

    def list_actions(self, context):
        return [(CANCEL, ""), (RENEW, "")]

    def do_action(self, context, action):
        request = unwrapped(action.body.to_pybytes())
        with self.lock:
            if action.type == CANCEL:
                return [self.cancel(fl.FlightInfo.deserialize(request))]
            if action.type == RENEW:
                return [self.renew(fl.FlightEndpoint.deserialize(request))]
        raise pa.ArrowInvalid(action.type)

    def cancel(self, info):
        states = [self.state(e.ticket)[1] for e in info.endpoints]
        is_new = not any(state["is_cancelled"] for state in states)
        for state in states:
            state["is_cancelled"] = True
        return CANCELLED if is_new else NOT_CANCELLABLE

    def renew(self, endpoint):
        _, state = self.state(endpoint.ticket)
        if state["is_cancelled"]:
            raise pa.ArrowInvalid("cancelled")
        state["expiration"] = seconds_on(10)
        ticket = endpoint.ticket.ticket + b": renewed (+ 10 seconds)"
        return fl.FlightEndpoint(ticket, [], state["expiration"]).serialize()


def act(client, action, message):
    (result,) = client.do_action(fl.Action(action, wrapped(message)))
    return result.body.to_pybytes()


def do_get(connect):
    with connect() as client:
        descriptor = fl.FlightDescriptor.for_command("expiration_time")
        endpoints = client.get_flight_info(descriptor).endpoints
        expiring = [e.expiration_time is not None for e in endpoints]
        equal(expiring, [False, True, True])
        tables = [client.do_get(e.ticket).read_all() for e in endpoints]
        numbers = [table.column(0).to_pylist() for table in tables]
        equal(numbers, [[0], [1], [2]])


def list_actions(connect):
    with connect() as client:
        names = sorted(action.type for action in client.list_actions())
        equal(names, [CANCEL, RENEW])


def cancel_flight_info(connect):
    with connect() as client:
        descriptor = fl.FlightDescriptor.for_command("expiration")
        info = client.get_flight_info(descriptor)
        equal(act(client, CANCEL, info.serialize()), CANCELLED)
        for endpoint in info.endpoints:
            try:
                client.do_get(endpoint.ticket).read_all()
            except pa.ArrowException:
                continue
            raise AssertionError("a cancelled endpoint was read")


def renew_flight_endpoint(connect):
    with connect() as client:
        descriptor = fl.FlightDescriptor.for_command("expiration")
        info = client.get_flight_info(descriptor)
        expiring = [e for e in info.endpoints if e.expiration_time is not None]
        equal(len(expiring), 2)
        for endpoint in expiring:
            renewed = fl.FlightEndpoint.deserialize(
                act(client, RENEW, endpoint.serialize())
            )
            later, earlier = renewed.expiration_time, endpoint.expiration_time
            assert later.value > earlier.value, (later, earlier)
