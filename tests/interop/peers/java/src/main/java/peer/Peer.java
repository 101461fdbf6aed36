package peer;

import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightClientMiddleware;
import org.apache.arrow.flight.Location;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;

/** What the client of a scenario has. Closing it fails where memory was not freed. */
final class Peer implements AutoCloseable {
  final BufferAllocator allocator = new RootAllocator();
  private final Location location;

  Peer(Options options) {
    location =
        Location.forGrpcInsecure(options.get("host"), Integer.parseInt(options.get("port")));
  }

  /** Makes a client of the server. */
  FlightClient connect(FlightClientMiddleware.Factory... middleware) {
    var builder = FlightClient.builder(allocator, location);
    for (var factory : middleware) {
      builder.intercept(factory);
    }
    return builder.build();
  }

  /** Makes a client of another server. */
  FlightClient connect(Location location) {
    return FlightClient.builder(allocator, location).build();
  }

  @Override
  public void close() {
    allocator.close();
  }
}
