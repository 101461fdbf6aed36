package peer;

import java.io.File;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightClient;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.Location;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.SyncPutListener;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorLoader;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.VectorUnloader;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.JsonFileReader;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.arrow.vector.util.DictionaryUtility;
import org.apache.arrow.vector.util.Validator;

/**
 * What Arrow's testers do where no scenario is named: a data set is uploaded, described and read
 * back.
 */
final class JsonData extends Scenario {
  /** An upload: its schema as it is in memory. */
  private static final class DataSet {
    Schema schema;
    DictionaryProvider dictionaries;
    final List<ArrowRecordBatch> batches = new ArrayList<>();
  }

  private final String path;
  private final Map<String, DataSet> stored = new HashMap<>();

  JsonData(String path) {
    this.path = path;
  }

  // The server

  @Override
  public Runnable acceptPut(
      CallContext context, FlightStream stream, StreamListener<PutResult> listener) {
    return () -> {
      var descriptor = stream.getDescriptor();
      if (descriptor.isCommand() || descriptor.getPath().isEmpty()) {
        throw CallStatus.INVALID_ARGUMENT.withDescription("it is no path").toRuntimeException();
      }
      var data = new DataSet();
      var root = stream.getRoot();
      var unloader = new VectorUnloader(root);
      while (stream.next()) {
        data.batches.add(unloader.getRecordBatch());
        ArrowBuf metadata = stream.getLatestMetadata();
        if (metadata != null) {
          listener.onNext(PutResult.metadata(metadata));
        }
      }
      data.schema = root.getSchema();
      data.dictionaries = stream.takeDictionaryOwnership();
      synchronized (stored) {
        stored.put(descriptor.getPath().get(0), data);
      }
      listener.onCompleted();
    };
  }

  private DataSet find(String name) {
    synchronized (stored) {
      var data = stored.get(name);
      if (data == null) {
        throw CallStatus.NOT_FOUND.withDescription(name).toRuntimeException();
      }
      return data;
    }
  }

  @Override
  public FlightInfo getFlightInfo(CallContext context, FlightDescriptor descriptor) {
    if (descriptor.isCommand() || descriptor.getPath().isEmpty()) {
      throw CallStatus.UNIMPLEMENTED.withDescription("it is no path").toRuntimeException();
    }
    var name = descriptor.getPath().get(0);
    var data = find(name);
    var location = Location.forGrpcInsecure("127.0.0.1", port);
    var endpoint = new FlightEndpoint(new Ticket(bytes(name)), location);
    long rows = data.batches.stream().mapToLong(ArrowRecordBatch::getLength).sum();
    return FlightInfo.builder(
            messageSchema(data.schema, data.dictionaries), descriptor, List.of(endpoint))
        .setRecords(rows)
        .build();
  }

  /** A schema as it is on the wire: with the types of the values of dictionaries. */
  private static Schema messageSchema(Schema schema, DictionaryProvider dictionaries) {
    List<Field> fields = new ArrayList<>();
    for (var field : schema.getFields()) {
      fields.add(DictionaryUtility.toMessageFormat(field, dictionaries, new HashSet<>()));
    }
    return new Schema(fields, schema.getCustomMetadata());
  }

  @Override
  public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
    var data = find(text(ticket.getBytes()));
    try (var root = VectorSchemaRoot.create(data.schema, allocator)) {
      listener.start(root, data.dictionaries);
      var loader = new VectorLoader(root);
      int index = 0;
      for (var batch : data.batches) {
        loader.load(batch);
        listener.putNext(DoExchangeEcho.bufferOf(allocator, Integer.toString(index++)));
      }
      listener.completed();
    }
  }

  // The client

  @Override
  void run(Peer peer) throws Exception {
    var descriptor = FlightDescriptor.path(path);
    try (var client = peer.connect()) {
      upload(client, peer.allocator, descriptor);
      var info = client.getInfo(descriptor);
      try (var json = new JsonFileReader(new File(path), peer.allocator)) {
        Validator.compareSchemas(messageSchema(json.start(), json), info.getSchema());
      }
      if (info.getEndpoints().isEmpty()) {
        throw new AssertionError("there are no endpoints");
      }
      for (var endpoint : info.getEndpoints()) {
        if (endpoint.getLocations().isEmpty()) {
          download(client, peer.allocator, endpoint.getTicket());
        }
        for (var location : endpoint.getLocations()) {
          try (var other = peer.connect(location)) {
            download(other, peer.allocator, endpoint.getTicket());
          }
        }
      }
    }
  }

  /** Each batch is acknowledged before the next one is sent. */
  private void upload(FlightClient client, BufferAllocator allocator, FlightDescriptor descriptor)
      throws Exception {
    try (var json = new JsonFileReader(new File(path), allocator);
        var root = VectorSchemaRoot.create(json.start(), allocator);
        var listener = new SyncPutListener()) {
      var stream = client.startPut(descriptor, root, json, listener);
      for (int index = 0; json.read(root); index++) {
        var metadata = Integer.toString(index);
        stream.putNext(DoExchangeEcho.bufferOf(allocator, metadata));
        try (var result = listener.read()) {
          if (result == null) {
            throw new AssertionError("batch " + index + " was not acknowledged");
          }
          assertEquals(DoExchangeEcho.textOf(result.getApplicationMetadata()), metadata);
        }
      }
      stream.completed();
      if (listener.read() != null) {
        throw new AssertionError("one acknowledgement too many");
      }
      stream.getResult();
    }
  }

  private void download(FlightClient client, BufferAllocator allocator, Ticket ticket)
      throws Exception {
    try (var json = new JsonFileReader(new File(path), allocator);
        var root = VectorSchemaRoot.create(json.start(), allocator);
        var stream = client.getStream(ticket)) {
      Validator.compareSchemas(root.getSchema(), stream.getSchema());
      for (int index = 0; json.read(root); index++) {
        if (!stream.next()) {
          throw new AssertionError("there is no batch " + index);
        }
        assertEquals(
            DoExchangeEcho.textOf(stream.getLatestMetadata()), Integer.toString(index));
        Validator.compareVectorSchemaRoot(root, stream.getRoot());
        Validator.compareDictionaryProviders(json, stream.getDictionaryProvider());
      }
      if (stream.next()) {
        throw new AssertionError("there is one batch too many");
      }
    }
  }
}
