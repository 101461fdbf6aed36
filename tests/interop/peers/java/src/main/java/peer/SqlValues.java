package peer;

import com.google.protobuf.ByteString;
import java.util.List;
import java.util.Map;
import org.apache.arrow.flight.sql.FlightSqlColumnMetadata;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest;
import org.apache.arrow.flight.sql.impl.FlightSql.CommandStatementIngest.TableDefinitionOptions;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** The schemas, texts and numbers of the scenarios of Flight SQL. */
final class SqlValues {
  private SqlValues() {}

  /** Metadata of every column. */
  private static final Map<String, String> METADATA =
      new FlightSqlColumnMetadata.Builder()
          .tableName("test")
          .isAutoIncrement(true)
          .isCaseSensitive(false)
          .typeName("type_test")
          .schemaName("schema_test")
          .isSearchable(true)
          .catalogName("catalog_test")
          .precision(100)
          .remarks("test column")
          .build()
          .getMetadataMap();

  /** Rows of queries outside a transaction, and all parameters. */
  static final Schema QUERY = schema("id", 64);

  /** Rows of queries in a transaction. */
  static final Schema TRANSACTION = schema("pkey", 32);

  /** Rows of the ingest. */
  static final Schema INGEST =
      new Schema(List.of(Field.nullable("test_field", new ArrowType.Int(64, true))));

  static final String PLAN = "plan";
  static final String VERSION = "version";

  /** The command of the ingest. */
  static final CommandStatementIngest INGEST_COMMAND =
      CommandStatementIngest.newBuilder()
          .setTableDefinitionOptions(
              TableDefinitionOptions.newBuilder()
                  .setIfNotExist(
                      TableDefinitionOptions.TableNotExistOption.TABLE_NOT_EXIST_OPTION_CREATE)
                  .setIfExists(TableDefinitionOptions.TableExistsOption.TABLE_EXISTS_OPTION_REPLACE))
          .setTable("test_table")
          .setSchema("test_schema")
          .setCatalog("test_catalog")
          .setTemporary(true)
          .setTransactionId(ByteString.copyFromUtf8("123"))
          .putAllOptions(Map.of("key1", "val1", "key2", "val2"))
          .build();

  /** One set of parameters: 1. */
  static VectorSchemaRoot parameters(BufferAllocator allocator) {
    var root = VectorSchemaRoot.create(QUERY, allocator);
    ((BigIntVector) root.getVector(0)).setSafe(0, 1);
    root.setRowCount(1);
    return root;
  }

  /** Three rows without a value. */
  static VectorSchemaRoot ingestRows(BufferAllocator allocator) {
    var root = VectorSchemaRoot.create(INGEST, allocator);
    root.allocateNew();
    root.setRowCount(3);
    return root;
  }

  private static Schema schema(String name, int bits) {
    var type = new FieldType(true, new ArrowType.Int(bits, true), null, METADATA);
    return new Schema(List.of(new Field(name, type, null)));
  }
}
