package peer;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.Ticket;

/** {@code ordered}: the endpoints are in the order of the data. */
final class Ordered extends Scenario {
  private static final Map<String, int[]> NUMBERS =
      Map.of("1", new int[] {1, 2, 3}, "2", new int[] {10, 20, 30}, "3", new int[] {100, 200, 300});

  @Override
  public FlightInfo getFlightInfo(CallContext context, FlightDescriptor descriptor) {
    boolean ordered = isCommand(descriptor, "ordered");
    List<FlightEndpoint> endpoints = new ArrayList<>();
    for (String ticket : ordered ? List.of("1", "2", "3") : List.of("1", "3", "2")) {
      endpoints.add(new FlightEndpoint(new Ticket(bytes(ticket))));
    }
    return FlightInfo.builder(Numbers.INT32, descriptor, endpoints).setOrdered(ordered).build();
  }

  @Override
  public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
    int[] numbers = NUMBERS.get(text(ticket.getBytes()));
    if (numbers == null) {
      throw CallStatus.NOT_FOUND.withDescription("no such ticket").toRuntimeException();
    }
    Numbers.send(Numbers.INT32, allocator, listener, numbers);
  }

  @Override
  void run(Peer peer) throws Exception {
    try (var client = peer.connect()) {
      var info = client.getInfo(command("ordered"));
      assertEquals(info.getOrdered(), true);
      List<Integer> numbers = new ArrayList<>();
      for (var endpoint : info.getEndpoints()) {
        assertEquals(endpoint.getLocations(), List.of());
        numbers.addAll(Numbers.read(client, endpoint.getTicket()));
      }
      assertEquals(numbers, Numbers.listOf(1, 2, 3, 10, 20, 30, 100, 200, 300));
    }
  }
}
