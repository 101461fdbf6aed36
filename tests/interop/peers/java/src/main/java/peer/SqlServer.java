package peer;

import static org.apache.arrow.flight.sql.impl.FlightSql.*;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import java.util.Set;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.flight.PutResult;
import org.apache.arrow.flight.Result;
import org.apache.arrow.flight.SchemaResult;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.CancelResult;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.types.pojo.Schema;

/** The server of the scenarios of Flight SQL: it checks all arguments, as those in C++ and Go do. */
final class SqlServer extends SqlMetadataServer {
  private static final ByteString TRANSACTION_ID = ByteString.copyFromUtf8("transaction_id");
  private static final ByteString SAVEPOINT_ID = ByteString.copyFromUtf8("savepoint_id");
  private static final String QUERY = "SELECT STATEMENT";
  private static final String UPDATE = "UPDATE STATEMENT";
  private static final String PREPARED_QUERY = "SELECT PREPARED STATEMENT";
  private static final String PREPARED_UPDATE = "UPDATE PREPARED STATEMENT";
  private static final String PLAN = "PLAN";

  SqlServer(BufferAllocator allocator) {
    super(allocator);
  }

  // Checks

  private static void checkPlan(SubstraitPlan plan) {
    check(plan.getPlan().toStringUtf8(), SqlValues.PLAN);
    check(plan.getVersion(), SqlValues.VERSION);
  }

  /** Tells whether a statement is in the transaction; an empty id is none. */
  private static boolean inTransaction(ByteString id) {
    if (id.isEmpty()) {
      return false;
    }
    check(id, TRANSACTION_ID);
    return true;
  }

  private static Schema schemaOf(boolean inTransaction) {
    return inTransaction ? SqlValues.TRANSACTION : SqlValues.QUERY;
  }

  /** A handle, from which all later calls know what is meant. */
  private static ByteString handle(String name, boolean inTransaction) {
    return ByteString.copyFromUtf8(name + (inTransaction ? " WITH TXN HANDLE" : " HANDLE"));
  }

  /** Tells whether a handle, which must be one of these names, is of the transaction. */
  private static boolean inTransaction(ByteString handle, Set<String> names) {
    for (String name : names) {
      if (handle.equals(handle(name, false))) {
        return false;
      }
      if (handle.equals(handle(name, true))) {
        return true;
      }
    }
    throw CallStatus.NOT_FOUND.withDescription(handle.toStringUtf8()).toRuntimeException();
  }

  private static Schema preparedSchema(CommandPreparedStatementQuery command) {
    var handle = command.getPreparedStatementHandle();
    return schemaOf(inTransaction(handle, Set.of(PREPARED_QUERY, PLAN)));
  }

  // Answers

  private static FlightInfo statementInfo(
      String name, boolean inTransaction, FlightDescriptor descriptor) {
    var ticket =
        TicketStatementQuery.newBuilder().setStatementHandle(handle(name, inTransaction)).build();
    return info(schemaOf(inTransaction), descriptor, Any.pack(ticket).toByteArray());
  }

  private static void send(Message message, StreamListener<Result> listener) {
    listener.onNext(new Result(Any.pack(message).toByteArray()));
    listener.onCompleted();
  }

  /** Answers an update with a number of rows. */
  private Runnable count(StreamListener<PutResult> listener, long count) {
    return put(listener, DoPutUpdateResult.newBuilder().setRecordCount(count).build());
  }

  private Runnable put(StreamListener<PutResult> listener, Message result) {
    return () -> {
      var bytes = result.toByteArray();
      try (var buffer = allocator.buffer(bytes.length)) {
        buffer.writeBytes(bytes);
        listener.onNext(PutResult.metadata(buffer));
      }
      listener.onCompleted();
    };
  }

  // Statements

  @Override
  public FlightInfo getFlightInfoStatement(
      CommandStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    check(command.getQuery(), QUERY);
    return statementInfo(QUERY, inTransaction(command.getTransactionId()), descriptor);
  }

  @Override
  public FlightInfo getFlightInfoSubstraitPlan(
      CommandStatementSubstraitPlan command, CallContext context, FlightDescriptor descriptor) {
    checkPlan(command.getPlan());
    return statementInfo(PLAN, inTransaction(command.getTransactionId()), descriptor);
  }

  @Override
  public SchemaResult getSchemaStatement(
      CommandStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    check(command.getQuery(), QUERY);
    return new SchemaResult(schemaOf(inTransaction(command.getTransactionId())));
  }

  @Override
  public SchemaResult getSchemaSubstraitPlan(
      CommandStatementSubstraitPlan command, CallContext context, FlightDescriptor descriptor) {
    checkPlan(command.getPlan());
    return new SchemaResult(schemaOf(inTransaction(command.getTransactionId())));
  }

  @Override
  public void getStreamStatement(
      TicketStatementQuery ticket, CallContext context, ServerStreamListener listener) {
    var inTransaction = inTransaction(ticket.getStatementHandle(), Set.of(QUERY, PLAN));
    sendNothing(schemaOf(inTransaction), listener);
  }

  @Override
  public Runnable acceptPutStatement(
      CommandStatementUpdate command,
      CallContext context,
      FlightStream stream,
      StreamListener<PutResult> listener) {
    check(command.getQuery(), UPDATE);
    return count(listener, inTransaction(command.getTransactionId()) ? 15000 : 10000);
  }

  @Override
  public Runnable acceptPutSubstraitPlan(
      CommandStatementSubstraitPlan command,
      CallContext context,
      FlightStream stream,
      StreamListener<PutResult> listener) {
    checkPlan(command.getPlan());
    return count(listener, inTransaction(command.getTransactionId()) ? 15000 : 10000);
  }

  private static void checkCancel(FlightInfo info) {
    check(info.getEndpoints().size(), 1);
    var ticket = TicketStatementQuery.newBuilder().setStatementHandle(handle(PLAN, false)).build();
    check(info.getEndpoints().get(0).getTicket(), new Ticket(Any.pack(ticket).toByteArray()));
  }

  @Override
  public void cancelFlightInfo(
      CancelFlightInfoRequest request, CallContext context, StreamListener<CancelStatus> listener) {
    checkCancel(request.getInfo());
    listener.onNext(CancelStatus.CANCELLED);
    listener.onCompleted();
  }

  @Override
  public void cancelQuery(
      FlightInfo info, CallContext context, StreamListener<CancelResult> listener) {
    checkCancel(info);
    listener.onNext(CancelResult.CANCELLED);
    listener.onCompleted();
  }

  // Prepared statements

  @Override
  public void createPreparedStatement(
      ActionCreatePreparedStatementRequest request,
      CallContext context,
      StreamListener<Result> listener) {
    var query = request.getQuery();
    if (!query.equals(PREPARED_QUERY)) {
      check(query, PREPARED_UPDATE);
    }
    send(prepared(query, request.getTransactionId()), listener);
  }

  @Override
  public void createPreparedSubstraitPlan(
      ActionCreatePreparedSubstraitPlanRequest request,
      CallContext context,
      StreamListener<ActionCreatePreparedStatementResult> listener) {
    checkPlan(request.getPlan());
    listener.onNext(prepared(PLAN, request.getTransactionId()));
    listener.onCompleted();
  }

  private static ActionCreatePreparedStatementResult prepared(String name, ByteString id) {
    return ActionCreatePreparedStatementResult.newBuilder()
        .setPreparedStatementHandle(handle(name, inTransaction(id)))
        .build();
  }

  @Override
  public void closePreparedStatement(
      ActionClosePreparedStatementRequest request,
      CallContext context,
      StreamListener<Result> listener) {
    inTransaction(
        request.getPreparedStatementHandle(), Set.of(PREPARED_QUERY, PREPARED_UPDATE, PLAN));
    listener.onCompleted();
  }

  @Override
  public Runnable acceptPutPreparedStatementQuery(
      CommandPreparedStatementQuery command,
      CallContext context,
      FlightStream stream,
      StreamListener<PutResult> listener) {
    preparedSchema(command);
    return () -> {
      check(stream.getSchema(), SqlValues.QUERY);
      check(stream.next(), true);
      check(((BigIntVector) stream.getRoot().getVector(0)).getObject(0), 1L);
      check(stream.next(), false);
      var result =
          DoPutPreparedStatementResult.newBuilder()
              .setPreparedStatementHandle(command.getPreparedStatementHandle())
              .build();
      put(listener, result).run();
    };
  }

  @Override
  public FlightInfo getFlightInfoPreparedStatement(
      CommandPreparedStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    return info(preparedSchema(command), descriptor);
  }

  @Override
  public SchemaResult getSchemaPreparedStatement(
      CommandPreparedStatementQuery command, CallContext context, FlightDescriptor descriptor) {
    return new SchemaResult(preparedSchema(command));
  }

  @Override
  public void getStreamPreparedStatement(
      CommandPreparedStatementQuery command, CallContext context, ServerStreamListener listener) {
    sendNothing(preparedSchema(command), listener);
  }

  @Override
  public Runnable acceptPutPreparedStatementUpdate(
      CommandPreparedStatementUpdate command,
      CallContext context,
      FlightStream stream,
      StreamListener<PutResult> listener) {
    var handle = command.getPreparedStatementHandle();
    var inTransaction = inTransaction(handle, Set.of(PREPARED_UPDATE, PLAN));
    return count(listener, inTransaction ? 25000 : 20000);
  }

  // Transactions, and the ingest

  @Override
  public void beginTransaction(
      ActionBeginTransactionRequest request,
      CallContext context,
      StreamListener<ActionBeginTransactionResult> listener) {
    listener.onNext(
        ActionBeginTransactionResult.newBuilder().setTransactionId(TRANSACTION_ID).build());
    listener.onCompleted();
  }

  @Override
  public void endTransaction(
      ActionEndTransactionRequest request, CallContext context, StreamListener<Result> listener) {
    check(request.getTransactionId(), TRANSACTION_ID);
    check(request.getActionValue() == 1 || request.getActionValue() == 2, true);
    listener.onCompleted();
  }

  @Override
  public void beginSavepoint(
      ActionBeginSavepointRequest request,
      CallContext context,
      StreamListener<ActionBeginSavepointResult> listener) {
    check(request.getTransactionId(), TRANSACTION_ID);
    check(request.getName(), "savepoint_name");
    listener.onNext(ActionBeginSavepointResult.newBuilder().setSavepointId(SAVEPOINT_ID).build());
    listener.onCompleted();
  }

  @Override
  public void endSavepoint(
      ActionEndSavepointRequest request, CallContext context, StreamListener<Result> listener) {
    check(request.getSavepointId(), SAVEPOINT_ID);
    check(request.getActionValue() == 1 || request.getActionValue() == 2, true);
    listener.onCompleted();
  }

  @Override
  public Runnable acceptPutStatementBulkIngest(
      CommandStatementIngest command,
      CallContext context,
      FlightStream stream,
      StreamListener<PutResult> listener) {
    check(command, SqlValues.INGEST_COMMAND);
    return () -> {
      check(stream.getSchema(), SqlValues.INGEST);
      long rows = 0;
      while (stream.next()) {
        rows += stream.getRoot().getRowCount();
      }
      count(listener, rows).run();
    };
  }
}
