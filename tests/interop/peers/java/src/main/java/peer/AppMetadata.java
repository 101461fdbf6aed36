package peer;

import java.util.List;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.Ticket;

/** {@code app_metadata_flight_info_endpoint}: application bytes of an info and its endpoint. */
final class AppMetadata extends Scenario {
  @Override
  public FlightInfo getFlightInfo(CallContext context, FlightDescriptor descriptor) {
    if (!descriptor.isCommand()) {
      throw CallStatus.INVALID_ARGUMENT.withDescription("it is no command").toRuntimeException();
    }
    var metadata = descriptor.getCommand();
    var ticket = new Ticket(new byte[0]);
    var endpoint = FlightEndpoint.builder(ticket).setAppMetadata(metadata).build();
    return FlightInfo.builder(Numbers.UINT32, descriptor, List.of(endpoint))
        .setAppMetadata(metadata)
        .build();
  }

  @Override
  void run(Peer peer) throws Exception {
    try (var client = peer.connect()) {
      var info = client.getInfo(command("foobar"));
      assertEquals(text(info.getAppMetadata()), "foobar");
      assertEquals(info.getEndpoints().size(), 1);
      assertEquals(text(info.getEndpoints().get(0).getAppMetadata()), "foobar");
    }
  }
}
