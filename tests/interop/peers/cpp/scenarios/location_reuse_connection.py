"""location:reuse_connection: the location of the connection in use."""

import pyarrow as pa
import pyarrow.flight as fl

from .numbers import equal

REUSE_CONNECTION = "arrow-flight-reuse-connection://?"


class Server(fl.FlightServerBase):
    def get_flight_info(self, context, descriptor):
        endpoint = fl.FlightEndpoint("reuse", [REUSE_CONNECTION])
        return fl.FlightInfo(pa.schema([]), descriptor, [endpoint])


def run(connect):
    with connect() as client:
        info = client.get_flight_info(fl.FlightDescriptor.for_command("reuse"))
        (endpoint,) = info.endpoints
        uris = [location.uri.decode() for location in endpoint.locations]
        equal(uris, [REUSE_CONNECTION])
