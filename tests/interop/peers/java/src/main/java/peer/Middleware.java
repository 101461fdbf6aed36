package peer;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flight.CallHeaders;
import org.apache.arrow.flight.CallInfo;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightClientMiddleware;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.FlightServerMiddleware;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.vector.types.pojo.Schema;

/** {@code middleware}: a header goes there and back, whatever becomes of the call. */
final class Middleware extends Scenario {
  private static final String HEADER = "x-middleware";
  private static final String VALUE = "expected value";

  @Override
  void configure(FlightServer.Builder builder) {
    builder.middleware(
        FlightServerMiddleware.Key.of("echo"),
        (info, incoming, context) -> new Echo(incoming.get(HEADER)));
  }

  @Override
  public FlightInfo getFlightInfo(CallContext context, FlightDescriptor descriptor) {
    if (!isCommand(descriptor, "success")) {
      throw CallStatus.UNKNOWN.withDescription("Unknown").toRuntimeException();
    }
    var location = Location.forGrpcInsecure("localhost", 10010);
    var endpoint = new FlightEndpoint(new Ticket(bytes("foo")), location);
    return info(new Schema(List.of()), descriptor, endpoint);
  }

  @Override
  void run(Peer peer) throws Exception {
    List<String> received = new ArrayList<>();
    try (var client = peer.connect(info -> new Sender(info, received))) {
      try {
        client.getInfo(command(""));
        throw new AssertionError("the call did not fail");
      } catch (FlightRuntimeException error) {
        assertEquals(received, List.of(VALUE));
      }
      received.clear();
      client.getInfo(command("success"));
      assertEquals(received, List.of(VALUE));
    }
  }

  /** Sends a header back. */
  private static final class Echo implements FlightServerMiddleware {
    private final String value;

    Echo(String value) {
      this.value = value == null ? "" : value;
    }

    @Override
    public void onBeforeSendingHeaders(CallHeaders headers) {
      headers.insert(HEADER, value);
    }

    @Override
    public void onCallCompleted(CallStatus status) {}

    @Override
    public void onCallErrored(Throwable error) {}
  }

  /** Sends a header, and notes what comes back. */
  private static final class Sender implements FlightClientMiddleware {
    private final List<String> received;

    Sender(CallInfo info, List<String> received) {
      this.received = received;
    }

    @Override
    public void onBeforeSendingHeaders(CallHeaders headers) {
      headers.insert(HEADER, VALUE);
    }

    @Override
    public void onHeadersReceived(CallHeaders headers) {
      if (headers.containsKey(HEADER)) {
        received.add(headers.get(HEADER));
      }
    }

    @Override
    public void onCallCompleted(CallStatus status) {}
  }
}
