package peer;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightProducer;
import org.apache.arrow.flight.FlightServer;
import org.apache.arrow.flight.NoOpFlightProducer;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.types.pojo.Schema;

/** A scenario: what the server answers, and what the client does and expects. */
abstract class Scenario extends NoOpFlightProducer {
  /** Of the server. */
  BufferAllocator allocator;

  /** Where the server listens. */
  int port;

  /** What answers the calls. */
  FlightProducer producer() {
    return this;
  }

  /** What the server has besides the answers. */
  void configure(FlightServer.Builder builder) {}

  /** Throws unless everything is as it should be. */
  abstract void run(Peer peer) throws Exception;

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  static FlightDescriptor command(String command) {
    return FlightDescriptor.command(bytes(command));
  }

  static boolean isCommand(FlightDescriptor descriptor, String command) {
    return descriptor.isCommand() && text(descriptor.getCommand()).equals(command);
  }

  static FlightInfo info(Schema schema, FlightDescriptor descriptor, FlightEndpoint... endpoints) {
    return FlightInfo.builder(schema, descriptor, List.of(endpoints)).build();
  }

  static void assertEquals(Object found, Object wanted) {
    if (!Objects.equals(found, wanted)) {
      throw new AssertionError(found + " instead of " + wanted);
    }
  }
}
