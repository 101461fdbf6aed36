package peer;

import java.util.stream.IntStream;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/** {@code do_exchange:echo}: each message is answered before the next one is sent. */
final class DoExchangeEcho extends Scenario {
  private static final int BATCHES = 4;

  @Override
  public void doExchange(
      CallContext context, FlightStream reader, ServerStreamListener writer) {
    var descriptor = reader.getDescriptor();
    if (!descriptor.isCommand()) {
      throw CallStatus.INVALID_ARGUMENT.withDescription("it is no command").toRuntimeException();
    }
    if (!isCommand(descriptor, "echo")) {
      throw CallStatus.UNIMPLEMENTED.withDescription("only echo").toRuntimeException();
    }
    boolean hasStarted = false;
    while (reader.next()) {
      ArrowBuf metadata = reader.getLatestMetadata();
      if (metadata != null) {
        metadata.getReferenceManager().retain();
      }
      if (!reader.hasRoot()) {
        writer.putMetadata(metadata);
        continue;
      }
      if (!hasStarted) {
        writer.start(reader.getRoot(), reader.getDictionaryProvider());
        hasStarted = true;
      }
      writer.putNext(metadata);
    }
    writer.completed();
  }

  @Override
  void run(Peer peer) throws Exception {
    var schema = Numbers.schema("x", true);
    try (var client = peer.connect();
        var stream = client.doExchange(command("echo"));
        var root = VectorSchemaRoot.create(schema, peer.allocator)) {
      var writer = stream.getWriter();
      writer.start(root);
      for (int index = 0; index < BATCHES; index++) {
        int[] numbers = IntStream.range(index, index + 10).toArray();
        Numbers.fill(root, numbers);
        boolean hasMetadata = index % 2 == 0;
        if (hasMetadata) {
          writer.putNext(bufferOf(peer.allocator, Integer.toString(index)));
        } else {
          writer.putNext();
        }
        var reader = stream.getReader();
        assertEquals(reader.next(), true);
        assertEquals(Numbers.of(reader.getRoot()), Numbers.listOf(numbers));
        var metadata = reader.getLatestMetadata();
        assertEquals(
            metadata == null ? null : textOf(metadata),
            hasMetadata ? Integer.toString(index) : null);
      }
      writer.completed();
      assertEquals(stream.getReader().next(), false);
      stream.getResult();
    }
  }

  static ArrowBuf bufferOf(BufferAllocator allocator, String text) {
    byte[] bytes = bytes(text);
    ArrowBuf buffer = allocator.buffer(bytes.length);
    buffer.writeBytes(bytes);
    return buffer;
  }

  static String textOf(ArrowBuf buffer) {
    byte[] bytes = new byte[(int) buffer.readableBytes()];
    buffer.getBytes(buffer.readerIndex(), bytes);
    return text(bytes);
  }
}
