/** Rows of metadata results, by the names of their columns. */

import type { RecordBatch, Schema } from "apache-arrow";
import { FlightError } from "../../core/flight_error.ts";
import { decodeSchema } from "../../ipc/decode_schema.ts";
import { malformedAnswer } from "../../core/malformed_answer.ts";
import {
  FOREIGN_KEY_RULES,
  type SqlForeignKey,
  type SqlForeignKeyRule,
  type SqlPrimaryKey,
  type SqlSchema,
  type SqlTable,
  type SqlTableRef,
  type SqlTypeInfo,
} from "../metadata/rows.ts";
import { batchRows, rowNames, type SqlRow } from "./sql_rows.ts";

/** A row whose columns are known by name. */
export class MetadataRow {
  readonly #command: string;
  readonly #row: SqlRow;

  /**
   * @param command What was asked for, for errors.
   * @param row The row.
   */
  constructor(command: string, row: SqlRow) {
    this.#command = command;
    this.#row = row;
  }

  /** A text; absent for null and for a column that is missing. */
  text(name: string): string | undefined {
    const value = this.#row[name];
    if (value === null || value === undefined) return undefined;
    if (typeof value === "string") return value;
    throw this.#wrong(name, "text");
  }

  /** A text that must be there. */
  requiredText(name: string): string {
    return this.text(name) ?? this.#missing(name);
  }

  /** A number; absent for null and for a column that is missing. */
  number(name: string): number | undefined {
    const value = this.#row[name];
    if (value === null || value === undefined) return undefined;
    if (typeof value === "number" || typeof value === "bigint") {
      return Number(value);
    }
    throw this.#wrong(name, "a number");
  }

  /** A number that must be there. */
  requiredNumber(name: string): number {
    return this.number(name) ?? this.#missing(name);
  }

  /** A truth value; some servers send 0 and 1. */
  flag(name: string): boolean | undefined {
    const value = this.#row[name];
    if (value === null || value === undefined) return undefined;
    if (typeof value === "boolean") return value;
    return this.number(name) !== 0;
  }

  /** A list of texts. */
  texts(name: string): readonly string[] | undefined {
    const value = this.#row[name];
    if (value === null || value === undefined) return undefined;
    if (Array.isArray(value)) return value.map((item) => `${item ?? ""}`);
    throw this.#wrong(name, "a list");
  }

  /** A schema, encoded; absent where there is none. */
  schema(name: string): Schema | undefined {
    const value = this.#row[name];
    if (value === null || value === undefined) return undefined;
    if (!(value instanceof Uint8Array)) throw this.#wrong(name, "bytes");
    if (value.byteLength === 0) return undefined;
    try {
      return decodeSchema(value);
    } catch (error) {
      throw malformedAnswer(error, "DoGet");
    }
  }

  #missing(name: string): never {
    throw this.#wrong(name, "there");
  }

  #wrong(name: string, wanted: string): FlightError {
    return new FlightError(
      "INTERNAL",
      `the result of ${this.#command} cannot be used: its column "${name}" is not ${wanted}`,
      { method: "DoGet", origin: "remote" },
    );
  }
}

/**
 * Gives properties only to what is there.
 *
 * @param values The properties.
 */
function present<T extends object>(values: T): T {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined),
  ) as T;
}

/** Reads the rows of a metadata result. */
export function metadataRows<R>(
  command: string,
  batches: readonly RecordBatch[],
  read: (row: MetadataRow) => R,
): R[] {
  return batches.flatMap((batch) =>
    Array.from(
      batchRows(batch, rowNames(batch.schema), { temporal: false }),
      (row) => read(new MetadataRow(command, row)),
    )
  );
}

/** A row of GetDbSchemas. */
export function schemaRow(row: MetadataRow): SqlSchema {
  return present({
    catalog: row.text("catalog_name"),
    schema: row.requiredText("db_schema_name"),
  });
}

/** A row of GetTables. */
export function tableRow(row: MetadataRow): SqlTable {
  return present({
    catalog: row.text("catalog_name"),
    schema: row.text("db_schema_name"),
    name: row.requiredText("table_name"),
    type: row.requiredText("table_type"),
    tableSchema: row.schema("table_schema"),
  });
}

/** A row of GetPrimaryKeys. */
export function primaryKeyRow(row: MetadataRow): SqlPrimaryKey {
  return present({
    ...tableRef(row, ""),
    column: row.requiredText("column_name"),
    keySequence: row.requiredNumber("key_sequence"),
    keyName: row.text("key_name"),
  });
}

/** A row of GetExportedKeys, GetImportedKeys and GetCrossReference. */
export function foreignKeyRow(row: MetadataRow): SqlForeignKey {
  return present({
    pk: tableRef(row, "pk_"),
    pkColumn: row.requiredText("pk_column_name"),
    pkKeyName: row.text("pk_key_name"),
    fk: tableRef(row, "fk_"),
    fkColumn: row.requiredText("fk_column_name"),
    fkKeyName: row.text("fk_key_name"),
    keySequence: row.requiredNumber("key_sequence"),
    updateRule: ruleOf(row.number("update_rule")),
    deleteRule: ruleOf(row.number("delete_rule")),
  });
}

/** A row of GetXdbcTypeInfo. */
export function typeInfoRow(row: MetadataRow): SqlTypeInfo {
  return present({
    typeName: row.requiredText("type_name"),
    dataType: row.requiredNumber("data_type"),
    columnSize: row.number("column_size"),
    literalPrefix: row.text("literal_prefix"),
    literalSuffix: row.text("literal_suffix"),
    createParams: row.texts("create_params"),
    nullable: row.number("nullable"),
    caseSensitive: row.flag("case_sensitive"),
    searchable: row.number("searchable"),
    unsigned: row.flag("unsigned_attribute"),
    fixedPrecisionScale: row.flag("fixed_prec_scale"),
    autoIncrement: row.flag("auto_increment"),
    localTypeName: row.text("local_type_name"),
    minimumScale: row.number("minimum_scale"),
    maximumScale: row.number("maximum_scale"),
    sqlDataType: row.number("sql_data_type"),
    datetimeSubcode: row.number("datetime_subcode"),
    numericPrecisionRadix: row.number("num_prec_radix"),
    intervalPrecision: row.number("interval_precision"),
  });
}

function tableRef(row: MetadataRow, prefix: string): SqlTableRef {
  return present({
    catalog: row.text(`${prefix}catalog_name`),
    schema: row.text(`${prefix}db_schema_name`),
    table: row.requiredText(`${prefix}table_name`),
  });
}

/** NO ACTION is what SQL does where nothing is said. */
function ruleOf(rule: number | undefined): SqlForeignKeyRule {
  return FOREIGN_KEY_RULES[rule ?? -1] ?? "NO_ACTION";
}
