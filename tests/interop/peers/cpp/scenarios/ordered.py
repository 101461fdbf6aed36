"""ordered: the endpoints are in the order of the data."""

import pyarrow.flight as fl

from .numbers import INT32, batch, equal

NUMBERS = {"1": [1, 2, 3], "2": [10, 20, 30], "3": [100, 200, 300]}


class Server(fl.FlightServerBase):
    def get_flight_info(self, context, descriptor):
        ordered = descriptor.command == b"ordered"
        tickets = ["1", "2", "3"] if ordered else ["1", "3", "2"]
        endpoints = [fl.FlightEndpoint(ticket, []) for ticket in tickets]
        return fl.FlightInfo(INT32, descriptor, endpoints, ordered=ordered)

    def do_get(self, context, ticket):
        numbers = NUMBERS[ticket.ticket.decode()]
        return fl.GeneratorStream(INT32, iter([batch(INT32, numbers)]))


def run(connect):
    with connect() as client:
        info = client.get_flight_info(
            fl.FlightDescriptor.for_command("ordered")
        )
        equal(info.ordered, True)
        numbers = []
        for endpoint in info.endpoints:
            equal(endpoint.locations, [])
            table = client.do_get(endpoint.ticket).read_all()
            numbers += table.column(0).to_pylist()
        equal(numbers, sum(NUMBERS.values(), []))
