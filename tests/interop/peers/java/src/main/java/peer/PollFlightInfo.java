package peer;

import java.time.Instant;
import java.util.Optional;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.PollInfo;
import org.apache.arrow.flight.Ticket;

/** {@code poll_flight_info}: a query that is not complete at once. */
final class PollFlightInfo extends Scenario {
  @Override
  public PollInfo pollFlightInfo(CallContext context, FlightDescriptor descriptor) {
    var endpoint = new FlightEndpoint(new Ticket(bytes("long-running query")));
    var info = info(Numbers.UINT32, descriptor, endpoint);
    if (isCommand(descriptor, "poll")) {
      return new PollInfo(info, null, 1.0, null);
    }
    return new PollInfo(info, command("poll"), 0.1, Instant.now().plusSeconds(10));
  }

  @Override
  void run(Peer peer) throws Exception {
    try (var client = peer.connect()) {
      var first = client.pollInfo(command("heavy query"));
      double progress = first.getProgress().orElseThrow();
      assertEquals(progress >= 0 && progress <= 1, true);
      assertEquals(first.getExpirationTime().isPresent(), true);
      var last = client.pollInfo(first.getFlightDescriptor().orElseThrow());
      assertEquals(last.getFlightDescriptor(), Optional.empty());
      assertEquals(last.getProgress(), Optional.of(1.0));
      assertEquals(last.getExpirationTime(), Optional.empty());
    }
  }
}
