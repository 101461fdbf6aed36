package peer;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** The data of several scenarios: one column, without nulls. */
final class Numbers {
  static final Schema INT32 = schema("number", true);
  static final Schema UINT32 = schema("number", false);

  private Numbers() {}

  static Schema schema(String name, boolean isSigned) {
    var type = FieldType.notNullable(new ArrowType.Int(32, isSigned));
    return new Schema(List.of(new Field(name, type, null)));
  }

  /** Sends one batch. */
  static void send(
      Schema schema, BufferAllocator allocator, ServerStreamListener listener, int... numbers) {
    try (var root = VectorSchemaRoot.create(schema, allocator)) {
      fill(root, numbers);
      listener.start(root);
      listener.putNext();
      listener.completed();
    }
  }

  static void fill(VectorSchemaRoot root, int... numbers) {
    var vector = root.getVector(0);
    vector.setInitialCapacity(numbers.length);
    vector.allocateNew();
    for (int row = 0; row < numbers.length; row++) {
      if (vector instanceof IntVector) {
        ((IntVector) vector).set(row, numbers[row]);
      } else {
        ((UInt4Vector) vector).set(row, numbers[row]);
      }
    }
    root.setRowCount(numbers.length);
  }

  /** The values of the only column. */
  static List<Integer> of(VectorSchemaRoot root) {
    List<Integer> numbers = new ArrayList<>();
    var vector = root.getVector(0);
    for (int row = 0; row < root.getRowCount(); row++) {
      numbers.add((Integer) vector.getObject(row));
    }
    return numbers;
  }

  /** Reads all batches. */
  static List<Integer> read(FlightClient client, Ticket ticket) throws Exception {
    List<Integer> numbers = new ArrayList<>();
    try (var stream = client.getStream(ticket)) {
      while (stream.next()) {
        numbers.addAll(of(stream.getRoot()));
      }
    }
    return numbers;
  }

  static List<Integer> listOf(int... numbers) {
    List<Integer> list = new ArrayList<>();
    Arrays.stream(numbers).forEach(list::add);
    return list;
  }
}
