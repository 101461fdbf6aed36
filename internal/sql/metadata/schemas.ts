/** The fixed schemas of metadata results, as FlightSql.proto and the official implementations have them. */

import {
  Binary,
  Bool,
  type DataType,
  DenseUnion,
  Field,
  Int32,
  Int64,
  List,
  Map_,
  Schema,
  Struct,
  Uint32,
  Uint8,
  Utf8,
} from "apache-arrow";

/** A field that may be null. */
function nullable(name: string, type: DataType): Field {
  return new Field(name, type, true);
}

/** A field that is never null. */
function required(name: string, type: DataType): Field {
  return new Field(name, type, false);
}

const TEXT = new Utf8();
const INT32 = new Int32();

/** Result of CommandGetCatalogs. */
export const CATALOGS_SCHEMA: Schema = new Schema([
  required("catalog_name", TEXT),
]);

/** Result of CommandGetDbSchemas. */
export const DB_SCHEMAS_SCHEMA: Schema = new Schema([
  nullable("catalog_name", TEXT),
  required("db_schema_name", TEXT),
]);

const TABLE_FIELDS: readonly Field[] = [
  nullable("catalog_name", TEXT),
  nullable("db_schema_name", TEXT),
  required("table_name", TEXT),
  required("table_type", TEXT),
];

/** Result of CommandGetTables without `include_schema`. */
export const TABLES_SCHEMA: Schema = new Schema([...TABLE_FIELDS]);

/** Result of CommandGetTables with `include_schema`. */
export const TABLES_WITH_SCHEMA_SCHEMA: Schema = new Schema([
  ...TABLE_FIELDS,
  required("table_schema", new Binary()),
]);

/** Result of CommandGetTableTypes. */
export const TABLE_TYPES_SCHEMA: Schema = new Schema([
  required("table_type", TEXT),
]);

/** Result of CommandGetPrimaryKeys: the order of the fields is that of all code, not of the comment. */
export const PRIMARY_KEYS_SCHEMA: Schema = new Schema([
  nullable("catalog_name", TEXT),
  nullable("db_schema_name", TEXT),
  required("table_name", TEXT),
  required("column_name", TEXT),
  required("key_sequence", INT32),
  nullable("key_name", TEXT),
]);

/** Result of CommandGetExportedKeys, CommandGetImportedKeys and CommandGetCrossReference. */
export const FOREIGN_KEYS_SCHEMA: Schema = new Schema([
  nullable("pk_catalog_name", TEXT),
  nullable("pk_db_schema_name", TEXT),
  required("pk_table_name", TEXT),
  required("pk_column_name", TEXT),
  nullable("fk_catalog_name", TEXT),
  nullable("fk_db_schema_name", TEXT),
  required("fk_table_name", TEXT),
  required("fk_column_name", TEXT),
  required("key_sequence", INT32),
  nullable("fk_key_name", TEXT),
  nullable("pk_key_name", TEXT),
  required("update_rule", new Uint8()),
  required("delete_rule", new Uint8()),
]);

/** Result of CommandGetXdbcTypeInfo. */
export const XDBC_TYPE_INFO_SCHEMA: Schema = new Schema([
  required("type_name", TEXT),
  required("data_type", INT32),
  nullable("column_size", INT32),
  nullable("literal_prefix", TEXT),
  nullable("literal_suffix", TEXT),
  nullable("create_params", new List(required("item", TEXT))),
  required("nullable", INT32),
  required("case_sensitive", new Bool()),
  required("searchable", INT32),
  nullable("unsigned_attribute", new Bool()),
  required("fixed_prec_scale", new Bool()),
  nullable("auto_increment", new Bool()),
  nullable("local_type_name", TEXT),
  nullable("minimum_scale", INT32),
  nullable("maximum_scale", INT32),
  required("sql_data_type", INT32),
  nullable("datetime_subcode", INT32),
  nullable("num_prec_radix", INT32),
  nullable("interval_precision", INT32),
]);

/** Type of the values of GetSqlInfo; the type id of a child is its index. */
export const SQL_INFO_VALUE: DenseUnion = new DenseUnion(
  [0, 1, 2, 3, 4, 5],
  [
    required("string_value", TEXT),
    required("bool_value", new Bool()),
    required("bigint_value", new Int64()),
    required("int32_bitmask", INT32),
    required("string_list", new List(nullable("item", TEXT))),
    required(
      "int32_to_int32_list_map",
      new Map_(
        required(
          "entries",
          new Struct([
            required("key", INT32),
            nullable("value", new List(nullable("item", INT32))),
          ]),
          // The parameter wants the types of keys and values; they are those of the struct.
        ) as never,
        false,
      ),
    ),
  ],
);

/** Result of CommandGetSqlInfo. */
export const SQL_INFO_SCHEMA: Schema = new Schema([
  required("info_name", new Uint32()),
  required("value", SQL_INFO_VALUE),
]);

/** Schema of a statement without rows. */
export const NO_COLUMNS_SCHEMA: Schema = new Schema([]);
