//! The schemas, texts and numbers of the scenarios of Flight SQL.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_flight::sql::metadata::XdbcTypeInfoDataBuilder;
use arrow_flight::sql::{CommandGetCatalogs, CommandGetDbSchemas, CommandGetTables, SubstraitPlan};
use arrow_schema::{DataType, Field, Schema, SchemaRef};

/// Metadata of every column.
const METADATA: [(&str, &str); 9] = [
    ("TABLE_NAME", "test"),
    ("IS_AUTO_INCREMENT", "1"),
    ("IS_CASE_SENSITIVE", "0"),
    ("TYPE_NAME", "type_test"),
    ("SCHEMA_NAME", "schema_test"),
    ("IS_SEARCHABLE", "1"),
    ("CATALOG_NAME", "catalog_test"),
    ("PRECISION", "100"),
    ("REMARKS", "test column"),
];

fn schema(name: &str, data_type: DataType) -> SchemaRef {
    let metadata: HashMap<_, _> = METADATA
        .iter()
        .map(|(key, value)| (format!("ARROW:FLIGHT:SQL:{key}"), value.to_string()))
        .collect();
    let field = Field::new(name, data_type, true).with_metadata(metadata);
    Arc::new(Schema::new(vec![field]))
}

/// Rows of queries outside a transaction, and all parameters.
pub fn query_schema() -> SchemaRef {
    schema("id", DataType::Int64)
}

/// Rows of queries in a transaction.
pub fn transaction_schema() -> SchemaRef {
    schema("pkey", DataType::Int32)
}

/// One set of parameters: 1.
pub fn parameters() -> RecordBatch {
    let column = Arc::new(Int64Array::from(vec![1]));
    RecordBatch::try_new(query_schema(), vec![column]).expect("one column")
}

/// Three rows without a value.
pub fn ingest_rows() -> RecordBatch {
    let field = Field::new("test_field", DataType::Int64, true);
    let column = Arc::new(Int64Array::from(vec![None, None, None]));
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).expect("one column")
}

/// A plan, which no side understands.
pub fn plan() -> Option<SubstraitPlan> {
    Some(SubstraitPlan {
        plan: "plan".into(),
        version: "version".to_string(),
    })
}

pub fn catalogs_schema() -> SchemaRef {
    CommandGetCatalogs {}.into_builder().schema()
}

pub fn db_schemas_schema() -> SchemaRef {
    CommandGetDbSchemas::default().into_builder().schema()
}

pub fn tables_schema(include_schema: bool) -> SchemaRef {
    CommandGetTables {
        include_schema,
        ..Default::default()
    }
    .into_builder()
    .schema()
}

pub fn table_types_schema() -> SchemaRef {
    fields(&[("table_type", DataType::Utf8, false)])
}

pub fn primary_keys_schema() -> SchemaRef {
    fields(&[
        ("catalog_name", DataType::Utf8, true),
        ("db_schema_name", DataType::Utf8, true),
        ("table_name", DataType::Utf8, false),
        ("column_name", DataType::Utf8, false),
        ("key_sequence", DataType::Int32, false),
        ("key_name", DataType::Utf8, true),
    ])
}

pub fn foreign_keys_schema() -> SchemaRef {
    fields(&[
        ("pk_catalog_name", DataType::Utf8, true),
        ("pk_db_schema_name", DataType::Utf8, true),
        ("pk_table_name", DataType::Utf8, false),
        ("pk_column_name", DataType::Utf8, false),
        ("fk_catalog_name", DataType::Utf8, true),
        ("fk_db_schema_name", DataType::Utf8, true),
        ("fk_table_name", DataType::Utf8, false),
        ("fk_column_name", DataType::Utf8, false),
        ("key_sequence", DataType::Int32, false),
        ("fk_key_name", DataType::Utf8, true),
        ("pk_key_name", DataType::Utf8, true),
        ("update_rule", DataType::UInt8, false),
        ("delete_rule", DataType::UInt8, false),
    ])
}

pub fn type_info_schema() -> SchemaRef {
    XdbcTypeInfoDataBuilder::new().schema()
}

fn fields(fields: &[(&str, DataType, bool)]) -> SchemaRef {
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, data_type, nullable)| Field::new(*name, data_type.clone(), *nullable))
        .collect();
    Arc::new(Schema::new(fields))
}
