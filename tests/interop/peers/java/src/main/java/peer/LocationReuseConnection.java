package peer;

import java.util.List;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.vector.types.pojo.Schema;

/** {@code location:reuse_connection}: the location of the connection in use. */
final class LocationReuseConnection extends Scenario {
  @Override
  public FlightInfo getFlightInfo(CallContext context, FlightDescriptor descriptor) {
    var ticket = new Ticket(bytes("reuse"));
    return info(
        new Schema(List.of()),
        descriptor,
        new FlightEndpoint(ticket, Location.reuseConnection()));
  }

  @Override
  void run(Peer peer) throws Exception {
    try (var client = peer.connect()) {
      var endpoints = client.getInfo(command("reuse")).getEndpoints();
      assertEquals(endpoints.size(), 1);
      var locations = endpoints.get(0).getLocations();
      assertEquals(locations.size(), 1);
      assertEquals(locations.get(0).getUri().toString(), "arrow-flight-reuse-connection://?");
    }
  }
}
