"""app_metadata_flight_info_endpoint: application bytes of an info and of its
endpoint."""

import pyarrow as pa
import pyarrow.flight as fl

from .numbers import UINT32, equal


class Server(fl.FlightServerBase):
    def get_flight_info(self, context, descriptor):
        if descriptor.descriptor_type != fl.DescriptorType.CMD:
            raise pa.ArrowInvalid("it is not a command")
        metadata = descriptor.command
        endpoint = fl.FlightEndpoint("", [], None, metadata)
        return fl.FlightInfo(
            UINT32, descriptor, [endpoint], app_metadata=metadata
        )


def run(connect):
    with connect() as client:
        info = client.get_flight_info(
            fl.FlightDescriptor.for_command("foobar")
        )
        equal(info.app_metadata, b"foobar")
        equal([e.app_metadata for e in info.endpoints], [b"foobar"])
