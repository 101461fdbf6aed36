package peer;

import static org.apache.arrow.flight.sql.FlightSqlProducer.Schemas;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.arrow.flight.CancelFlightInfoRequest;
import org.apache.arrow.flight.CancelStatus;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.FlightProducer;
import org.apache.arrow.flight.SchemaResult;
import org.apache.arrow.flight.sql.CancelResult;
import org.apache.arrow.flight.sql.FlightSqlClient;
import org.apache.arrow.flight.sql.FlightSqlClient.PreparedStatement;
import org.apache.arrow.flight.sql.FlightSqlClient.Savepoint;
import org.apache.arrow.flight.sql.FlightSqlClient.SubstraitPlan;
import org.apache.arrow.flight.sql.FlightSqlClient.Transaction;
import org.apache.arrow.flight.sql.impl.FlightSql.SqlInfo;
import org.apache.arrow.flight.sql.util.TableRef;
import org.apache.arrow.vector.UInt4Vector;
import org.apache.arrow.vector.complex.DenseUnionVector;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * {@code flight_sql}, {@code flight_sql:extension} and {@code flight_sql:ingestion}: Flight SQL, of
 * which one server answers all.
 */
final class FlightSql extends Scenario {
  private static final SubstraitPlan PLAN =
      new SubstraitPlan(bytes(SqlValues.PLAN), SqlValues.VERSION);

  /** The steps of a client. */
  interface Steps {
    void run(FlightSqlClient client, Peer peer) throws Exception;
  }

  private final Steps steps;

  FlightSql(Steps steps) {
    this.steps = steps;
  }

  @Override
  FlightProducer producer() {
    return new SqlServer(allocator);
  }

  @Override
  void run(Peer peer) throws Exception {
    try (var client = new FlightSqlClient(peer.connect())) {
      steps.run(client, peer);
    }
  }

  /** Reads the first endpoint to its end. */
  private static void assertRows(FlightSqlClient client, FlightInfo info, Schema expected)
      throws Exception {
    try (var stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
      assertEquals(stream.getSchema(), expected);
      while (stream.next()) {}
    }
  }

  private static void assertResult(
      FlightSqlClient client, FlightInfo info, SchemaResult schema, Schema expected)
      throws Exception {
    assertRows(client, info, expected);
    assertEquals(schema.getSchema(), expected);
  }

  /** The client of {@code flight_sql}. */
  static void run(FlightSqlClient client, Peer peer) throws Exception {
    runMetadata(client);
    runKeys(client);
    assertResult(
        client,
        client.execute("SELECT STATEMENT"),
        client.getExecuteSchema("SELECT STATEMENT"),
        SqlValues.QUERY);
    assertEquals(client.executeUpdate("UPDATE STATEMENT"), 10000L);
    var query = client.prepare("SELECT PREPARED STATEMENT");
    assertPrepared(client, peer, query, SqlValues.QUERY);
    assertUpdated(client.prepare("UPDATE PREPARED STATEMENT"), 20000);
  }

  private static void runMetadata(FlightSqlClient client) throws Exception {
    assertResult(
        client, client.getCatalogs(), client.getCatalogsSchema(), Schemas.GET_CATALOGS_SCHEMA);
    assertResult(
        client,
        client.getSchemas("catalog", "db_schema_filter_pattern"),
        client.getSchemasSchema(),
        Schemas.GET_SCHEMAS_SCHEMA);
    assertResult(
        client,
        client.getTables(
            "catalog",
            "db_schema_filter_pattern",
            "table_filter_pattern",
            List.of("table", "view"),
            true),
        client.getTablesSchema(true),
        Schemas.GET_TABLES_SCHEMA);
    assertEquals(client.getTablesSchema(false).getSchema(), Schemas.GET_TABLES_SCHEMA_NO_SCHEMA);
    assertResult(
        client,
        client.getTableTypes(),
        client.getTableTypesSchema(),
        Schemas.GET_TABLE_TYPES_SCHEMA);
    assertResult(
        client,
        client.getXdbcTypeInfo(),
        client.getXdbcTypeInfoSchema(),
        Schemas.GET_TYPE_INFO_SCHEMA);
    assertResult(
        client,
        client.getSqlInfo(SqlInfo.FLIGHT_SQL_SERVER_NAME, SqlInfo.FLIGHT_SQL_SERVER_READ_ONLY),
        client.getSqlInfoSchema(),
        Schemas.GET_SQL_INFO_SCHEMA);
  }

  private static void runKeys(FlightSqlClient client) throws Exception {
    var table = TableRef.of("catalog", "db_schema", "table");
    assertResult(
        client,
        client.getPrimaryKeys(table),
        client.getPrimaryKeysSchema(),
        Schemas.GET_PRIMARY_KEYS_SCHEMA);
    assertResult(
        client,
        client.getExportedKeys(table),
        client.getExportedKeysSchema(),
        Schemas.GET_EXPORTED_KEYS_SCHEMA);
    assertResult(
        client,
        client.getImportedKeys(table),
        client.getImportedKeysSchema(),
        Schemas.GET_IMPORTED_KEYS_SCHEMA);
    assertResult(
        client,
        client.getCrossReference(
            TableRef.of("pk_catalog", "pk_db_schema", "pk_table"),
            TableRef.of("fk_catalog", "fk_db_schema", "fk_table")),
        client.getCrossReferenceSchema(),
        Schemas.GET_CROSS_REFERENCE_SCHEMA);
  }

  /** A prepared query: bound, run, described, and closed. */
  private static void assertPrepared(
      FlightSqlClient client, Peer peer, PreparedStatement prepared, Schema expected)
      throws Exception {
    try (var statement = prepared;
        var parameters = SqlValues.parameters(peer.allocator)) {
      statement.setParameters(parameters);
      assertResult(client, statement.execute(), statement.fetchSchema(), expected);
      statement.clearParameters();
    }
  }

  private static void assertUpdated(PreparedStatement prepared, long expected) {
    try (var statement = prepared) {
      assertEquals(statement.executeUpdate(), expected);
    }
  }

  /** The client of {@code flight_sql:extension}. */
  static void runExtension(FlightSqlClient client, Peer peer) throws Exception {
    assertEquals(facts(client), FACTS);
    assertResult(
        client,
        client.executeSubstrait(PLAN),
        client.getExecuteSubstraitSchema(PLAN),
        SqlValues.QUERY);
    runCancel(client);
    assertEquals(client.executeSubstraitUpdate(PLAN), 10000L);
    assertPrepared(client, peer, client.prepare(PLAN), SqlValues.QUERY);
    assertUpdated(client.prepare(PLAN), 20000);

    var transaction = begin(client);
    var savepoint = savepoint(client, transaction);
    runTransaction(client, peer, transaction);
    // The client of Java sends a release here.
    client.rollback(savepoint);
    client.release(savepoint(client, transaction));
    client.commit(transaction);
    client.rollback(begin(client));
  }

  /** Cancels by the call of Flight SQL, and another query by the newer one of Flight. */
  @SuppressWarnings("deprecation")
  private static void runCancel(FlightSqlClient client) {
    assertEquals(client.cancelQuery(client.executeSubstrait(PLAN)), CancelResult.CANCELLED);
    var request = new CancelFlightInfoRequest(client.executeSubstrait(PLAN));
    assertEquals(client.cancelFlightInfo(request).getStatus(), CancelStatus.CANCELLED);
  }

  private static Transaction begin(FlightSqlClient client) {
    var transaction = client.beginTransaction();
    assertEquals(text(transaction.getTransactionId()), "transaction_id");
    return transaction;
  }

  private static Savepoint savepoint(FlightSqlClient client, Transaction transaction) {
    var savepoint = client.beginSavepoint(transaction, "savepoint_name");
    assertEquals(text(savepoint.getSavepointId()), "savepoint_id");
    return savepoint;
  }

  /** Statements in a transaction. */
  private static void runTransaction(FlightSqlClient client, Peer peer, Transaction transaction)
      throws Exception {
    assertResult(
        client,
        client.execute("SELECT STATEMENT", transaction),
        client.getExecuteSchema("SELECT STATEMENT", transaction),
        SqlValues.TRANSACTION);
    assertResult(
        client,
        client.executeSubstrait(PLAN, transaction),
        client.getExecuteSubstraitSchema(PLAN, transaction),
        SqlValues.TRANSACTION);
    assertEquals(client.executeUpdate("UPDATE STATEMENT", transaction), 15000L);
    assertEquals(client.executeSubstraitUpdate(PLAN, transaction), 15000L);
    var query = client.prepare("SELECT PREPARED STATEMENT", transaction);
    assertPrepared(client, peer, query, SqlValues.TRANSACTION);
    assertPrepared(client, peer, client.prepare(PLAN, transaction), SqlValues.TRANSACTION);
    assertUpdated(client.prepare("UPDATE PREPARED STATEMENT", transaction), 25000);
    assertUpdated(client.prepare(PLAN, transaction), 25000);
  }

  private static final Map<Integer, Object> FACTS =
      Map.of(
          SqlInfo.FLIGHT_SQL_SERVER_SQL_VALUE, false,
          SqlInfo.FLIGHT_SQL_SERVER_SUBSTRAIT_VALUE, true,
          SqlInfo.FLIGHT_SQL_SERVER_SUBSTRAIT_MIN_VERSION_VALUE, "min_version",
          SqlInfo.FLIGHT_SQL_SERVER_SUBSTRAIT_MAX_VERSION_VALUE, "max_version",
          SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION_VALUE, 2,
          SqlInfo.FLIGHT_SQL_SERVER_CANCEL_VALUE, true,
          SqlInfo.FLIGHT_SQL_SERVER_STATEMENT_TIMEOUT_VALUE, 42,
          SqlInfo.FLIGHT_SQL_SERVER_TRANSACTION_TIMEOUT_VALUE, 7);

  private static Map<Integer, Object> facts(FlightSqlClient client) throws Exception {
    Map<Integer, Object> facts = new TreeMap<>();
    var info = client.getSqlInfo(FACTS.keySet());
    try (var stream = client.getStream(info.getEndpoints().get(0).getTicket())) {
      var root = stream.getRoot();
      while (stream.next()) {
        var ids = (UInt4Vector) root.getVector(0);
        var values = (DenseUnionVector) root.getVector(1);
        for (int row = 0; row < root.getRowCount(); row++) {
          var value = values.getObject(row);
          var isText = values.getTypeId(row) == 0;
          assertEquals(facts.put(ids.get(row), isText ? value.toString() : value), null);
        }
      }
    }
    return facts;
  }

  /** The client of {@code flight_sql:ingestion}. */
  static void runIngestion(FlightSqlClient client, Peer peer) throws Exception {
    var command = SqlValues.INGEST_COMMAND;
    var options =
        new FlightSqlClient.ExecuteIngestOptions(
            command.getTable(),
            command.getTableDefinitionOptions(),
            command.getTemporary(),
            command.getCatalog(),
            command.getSchema(),
            command.getOptionsMap());
    var transaction = new Transaction(command.getTransactionId().toByteArray());
    try (var rows = SqlValues.ingestRows(peer.allocator)) {
      assertEquals(client.executeIngest(rows, options, transaction), 3L);
    }
  }
}
