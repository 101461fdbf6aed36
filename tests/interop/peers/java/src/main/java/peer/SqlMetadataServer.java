package peer;

import static org.apache.arrow.flight.sql.impl.FlightSql.*;

import java.util.List;
import org.apache.arrow.flight.CallStatus;
import org.apache.arrow.flight.FlightDescriptor;
import org.apache.arrow.flight.FlightEndpoint;
import org.apache.arrow.flight.FlightInfo;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.NoOpFlightSqlProducer;
import org.apache.arrow.flight.sql.SqlInfoBuilder;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/** The metadata of the server of the scenarios of Flight SQL. */
abstract class SqlMetadataServer extends NoOpFlightSqlProducer {
  final BufferAllocator allocator;

  SqlMetadataServer(BufferAllocator allocator) {
    this.allocator = allocator;
  }

  static void check(Object found, Object wanted) {
    if (!found.equals(wanted)) {
      throw CallStatus.INVALID_ARGUMENT
          .withDescription(found + " instead of " + wanted)
          .toRuntimeException();
    }
  }

  static FlightInfo info(Schema schema, FlightDescriptor descriptor, byte[] ticket) {
    var endpoints = List.of(new FlightEndpoint(new Ticket(ticket)));
    return FlightInfo.builder(schema, descriptor, endpoints).build();
  }

  static FlightInfo info(Schema schema, FlightDescriptor descriptor) {
    return info(schema, descriptor, descriptor.getCommand());
  }

  void sendNothing(Schema schema, ServerStreamListener listener) {
    try (var root = VectorSchemaRoot.create(schema, allocator)) {
      listener.start(root);
      listener.completed();
    }
  }

  @Override
  public FlightInfo getFlightInfoCatalogs(
      CommandGetCatalogs command, CallContext context, FlightDescriptor descriptor) {
    return info(Schemas.GET_CATALOGS_SCHEMA, descriptor);
  }

  @Override
  public void getStreamCatalogs(CallContext context, ServerStreamListener listener) {
    sendNothing(Schemas.GET_CATALOGS_SCHEMA, listener);
  }

  @Override
  public FlightInfo getFlightInfoSchemas(
      CommandGetDbSchemas command, CallContext context, FlightDescriptor descriptor) {
    check(command.getCatalog(), "catalog");
    check(command.getDbSchemaFilterPattern(), "db_schema_filter_pattern");
    return info(Schemas.GET_SCHEMAS_SCHEMA, descriptor);
  }

  @Override
  public void getStreamSchemas(
      CommandGetDbSchemas command, CallContext context, ServerStreamListener listener) {
    sendNothing(Schemas.GET_SCHEMAS_SCHEMA, listener);
  }

  @Override
  public FlightInfo getFlightInfoTables(
      CommandGetTables command, CallContext context, FlightDescriptor descriptor) {
    check(command.getCatalog(), "catalog");
    check(command.getDbSchemaFilterPattern(), "db_schema_filter_pattern");
    check(command.getTableNameFilterPattern(), "table_filter_pattern");
    check(List.copyOf(command.getTableTypesList()), List.of("table", "view"));
    check(command.getIncludeSchema(), true);
    return info(Schemas.GET_TABLES_SCHEMA, descriptor);
  }

  @Override
  public void getStreamTables(
      CommandGetTables command, CallContext context, ServerStreamListener listener) {
    sendNothing(Schemas.GET_TABLES_SCHEMA, listener);
  }

  @Override
  public FlightInfo getFlightInfoTableTypes(
      CommandGetTableTypes command, CallContext context, FlightDescriptor descriptor) {
    return info(Schemas.GET_TABLE_TYPES_SCHEMA, descriptor);
  }

  @Override
  public void getStreamTableTypes(CallContext context, ServerStreamListener listener) {
    sendNothing(Schemas.GET_TABLE_TYPES_SCHEMA, listener);
  }

  private static void checkTable(String catalog, String schema, String table) {
    check(List.of(catalog, schema, table), List.of("catalog", "db_schema", "table"));
  }

  @Override
  public FlightInfo getFlightInfoPrimaryKeys(
      CommandGetPrimaryKeys command, CallContext context, FlightDescriptor descriptor) {
    checkTable(command.getCatalog(), command.getDbSchema(), command.getTable());
    return info(Schemas.GET_PRIMARY_KEYS_SCHEMA, descriptor);
  }

  @Override
  public void getStreamPrimaryKeys(
      CommandGetPrimaryKeys command, CallContext context, ServerStreamListener listener) {
    sendNothing(Schemas.GET_PRIMARY_KEYS_SCHEMA, listener);
  }

  @Override
  public FlightInfo getFlightInfoExportedKeys(
      CommandGetExportedKeys command, CallContext context, FlightDescriptor descriptor) {
    checkTable(command.getCatalog(), command.getDbSchema(), command.getTable());
    return info(Schemas.GET_EXPORTED_KEYS_SCHEMA, descriptor);
  }

  @Override
  public void getStreamExportedKeys(
      CommandGetExportedKeys command, CallContext context, ServerStreamListener listener) {
    sendNothing(Schemas.GET_EXPORTED_KEYS_SCHEMA, listener);
  }

  @Override
  public FlightInfo getFlightInfoImportedKeys(
      CommandGetImportedKeys command, CallContext context, FlightDescriptor descriptor) {
    checkTable(command.getCatalog(), command.getDbSchema(), command.getTable());
    return info(Schemas.GET_IMPORTED_KEYS_SCHEMA, descriptor);
  }

  @Override
  public void getStreamImportedKeys(
      CommandGetImportedKeys command, CallContext context, ServerStreamListener listener) {
    sendNothing(Schemas.GET_IMPORTED_KEYS_SCHEMA, listener);
  }

  @Override
  public FlightInfo getFlightInfoCrossReference(
      CommandGetCrossReference command, CallContext context, FlightDescriptor descriptor) {
    check(
        List.of(command.getPkCatalog(), command.getPkDbSchema(), command.getPkTable()),
        List.of("pk_catalog", "pk_db_schema", "pk_table"));
    check(
        List.of(command.getFkCatalog(), command.getFkDbSchema(), command.getFkTable()),
        List.of("fk_catalog", "fk_db_schema", "fk_table"));
    return info(Schemas.GET_CROSS_REFERENCE_SCHEMA, descriptor);
  }

  @Override
  public void getStreamCrossReference(
      CommandGetCrossReference command, CallContext context, ServerStreamListener listener) {
    sendNothing(Schemas.GET_CROSS_REFERENCE_SCHEMA, listener);
  }

  @Override
  public FlightInfo getFlightInfoTypeInfo(
      CommandGetXdbcTypeInfo command, CallContext context, FlightDescriptor descriptor) {
    check(command.hasDataType(), false);
    return info(Schemas.GET_TYPE_INFO_SCHEMA, descriptor);
  }

  @Override
  public void getStreamTypeInfo(
      CommandGetXdbcTypeInfo command, CallContext context, ServerStreamListener listener) {
    sendNothing(Schemas.GET_TYPE_INFO_SCHEMA, listener);
  }

  @Override
  public FlightInfo getFlightInfoSqlInfo(
      CommandGetSqlInfo command, CallContext context, FlightDescriptor descriptor) {
    return info(Schemas.GET_SQL_INFO_SCHEMA, descriptor);
  }

  @Override
  public void getStreamSqlInfo(
      CommandGetSqlInfo command, CallContext context, ServerStreamListener listener) {
    List<Integer> ids = List.copyOf(command.getInfoList());
    // Two ids are those of `flight_sql`, which wants no rows.
    if (ids.size() == 2 && !ids.contains(10)) {
      check(ids, List.of(0, 3));
      sendNothing(Schemas.GET_SQL_INFO_SCHEMA, listener);
      return;
    }
    new SqlInfoBuilder()
        .withFlightSqlServerSql(false)
        .withFlightSqlServerSubstrait(true)
        .withFlightSqlServerSubstraitMinVersion("min_version")
        .withFlightSqlServerSubstraitMaxVersion("max_version")
        .withFlightSqlServerTransaction(SqlSupportedTransaction.SQL_SUPPORTED_TRANSACTION_SAVEPOINT)
        .withFlightSqlServerCancel(true)
        .withFlightSqlServerBulkIngestion(true)
        .withFlightSqlServerBulkIngestionTransaction(true)
        .withFlightSqlServerStatementTimeout(42)
        .withFlightSqlServerTransactionTimeout(7)
        .send(ids, listener);
  }
}
