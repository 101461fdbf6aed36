"""Data sets of many endpoints, some of which are on another server."""

import json

import pyarrow as pa
import pyarrow.flight as fl

SCHEMA = pa.schema([("n", pa.int64())])

# Nobody listens there.
DEAD = "grpc://127.0.0.1:1"
REUSE = "arrow-flight-reuse-connection://?"

PER_ENDPOINT = 1000


def numbers(first, by):
    """A thousand numbers from `first`, in batches of a hundred."""
    for start in range(first, first + PER_ENDPOINT, 100):
        batch = pa.record_batch(
            [pa.array(range(start, start + 100), pa.int64())], schema=SCHEMA
        )
        yield batch, by.encode()


class Elsewhere(fl.FlightServerBase):
    """The other server: it has the same numbers."""

    def __init__(self):
        super().__init__("grpc://127.0.0.1:0")

    @property
    def location(self):
        return f"grpc+tcp://127.0.0.1:{self.port}"

    def do_get(self, context, ticket):
        _, first = json.loads(ticket.ticket)
        return fl.GeneratorStream(SCHEMA, numbers(first, "elsewhere"))


def info(descriptor, elsewhere):
    """Endpoints at all kinds of locations, or with times of expiry."""
    kind = descriptor.command.decode().removeprefix("endpoints ")
    if kind == "expiring":
        places = [([], "2100-01-01"), ([], "2001-01-01"), ([REUSE], None)]
    else:
        places = [
            ([], None),
            ([DEAD, elsewhere.location], None),
            ([REUSE], None),
            ([elsewhere.location], None),
            (["s3://bucket/key", DEAD, REUSE], None),
        ]
    endpoints = [
        endpoint(ticket(index), locations, expires)
        for index, (locations, expires) in enumerate(places)
    ]
    if kind == "failing":
        endpoints[2] = fl.FlightEndpoint(b'["nothing"]', [])
    return fl.FlightInfo(
        SCHEMA, descriptor, endpoints, ordered=kind != "unordered"
    )


def ticket(index):
    return json.dumps(["numbers", index * PER_ENDPOINT]).encode()


def endpoint(ticket, locations, expires):
    time = expires and pa.scalar(
        f"{expires}T00:00:00Z", pa.string()
    ).cast(pa.timestamp("ns", "UTC"))
    return fl.FlightEndpoint(ticket, locations, time)


def renew(body):
    """Answers a RenewFlightEndpointRequest, which has the endpoint in field 1."""
    assert body[0] == 0x0A and body[1] < 0x80
    old = fl.FlightEndpoint.deserialize(body[2:])
    return endpoint(old.ticket.ticket, old.locations, "2100-01-01").serialize()
