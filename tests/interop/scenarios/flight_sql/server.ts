/**
 * The server of the scenarios `flight_sql`, `flight_sql:extension` and
 * `flight_sql:ingestion`: it checks all arguments, as the servers in C++ and Go
 * do.
 *
 * @module
 */
import { assert, assertEquals } from "@std/assert";
import type { RecordBatch, Schema } from "apache-arrow";
import type { FlightService } from "../../../../mod.ts";
import {
  type FlightSqlHandlers,
  flightSqlService,
  type SqlCallContext,
  type SqlPreparedStatement,
  type SqlSubstraitPlan,
  type SqlTransaction,
} from "../../../../sql_server.ts";
import { unpackAny } from "../../../../internal/sql/messages/any.ts";
import { commandGetSqlInfo } from "../../../../internal/sql/messages/metadata_commands.ts";
import { SQL_INFO_SCHEMA } from "../../../../internal/sql/metadata/schemas.ts";
import { bytes, text } from "../scenario.ts";
import {
  INGEST_SCHEMA,
  PLAN,
  QUERY_SCHEMA,
  TRANSACTION_SCHEMA,
} from "./values.ts";

/** A transaction that says how it must be called. */
const TRANSACTION: SqlTransaction = {
  id: bytes("transaction_id"),
  commit() {},
  rollback() {},
  savepoint(name) {
    assertEquals(name, "savepoint_name");
    return { id: bytes("savepoint_id"), release() {}, rollback() {} };
  },
};

/** The transaction of the ingest, which no call has begun. */
const INGEST_TRANSACTION: SqlTransaction = { commit() {}, rollback() {} };

function schemaOf({ transaction }: SqlCallContext): Schema {
  return transaction === undefined ? QUERY_SCHEMA : TRANSACTION_SCHEMA;
}

function metadataOf({ fields }: Schema): unknown {
  return fields.map(({ name, metadata }) => [
    name,
    Object.fromEntries([...metadata].sort()),
  ]);
}

function checkParameters(parameters: RecordBatch | undefined): void {
  if (parameters === undefined) return;
  assertEquals(metadataOf(parameters.schema), metadataOf(QUERY_SCHEMA));
}

/** A statement with rows, or one that updates, or both. */
function statement(
  context: SqlCallContext,
  kinds: { readonly query?: boolean; readonly update?: boolean },
): SqlPreparedStatement {
  const schema = schemaOf(context);
  return {
    ...(kinds.query && {
      schema,
      query(parameters: RecordBatch | undefined) {
        checkParameters(parameters);
        return [{ schema }];
      },
    }),
    ...(kinds.update && {
      update: () => context.transaction === undefined ? 20_000 : 25_000,
    }),
  };
}

function checkPlan({ plan, version }: SqlSubstraitPlan): void {
  assertEquals({ plan, version }, PLAN);
}

const TABLE = { catalog: "catalog", schema: "db_schema", table: "table" };

const HANDLERS: FlightSqlHandlers = {
  prepare({ query }, context) {
    switch (query) {
      case "SELECT STATEMENT":
      case "SELECT PREPARED STATEMENT":
        return statement(context, { query: true });
      default:
        assertEquals(query, "UPDATE PREPARED STATEMENT");
        return statement(context, { update: true });
    }
  },
  update({ query }, { transaction }) {
    assertEquals(query, "UPDATE STATEMENT");
    return transaction === undefined ? 10_000 : 15_000;
  },
  substrait: {
    prepare(plan, context) {
      checkPlan(plan);
      return statement(context, { query: true, update: true });
    },
    update(plan, { transaction }) {
      checkPlan(plan);
      return transaction === undefined ? 10_000 : 15_000;
    },
  },
  beginTransaction: () => TRANSACTION,
  findTransaction: (id) => text(id) === "123" ? INGEST_TRANSACTION : undefined,
  async ingest(target, { schema, batches }, { transaction }) {
    assertEquals(target, {
      catalog: "test_catalog",
      schema: "test_schema",
      table: "test_table",
      temporary: true,
      ifNotExist: "CREATE",
      ifExists: "REPLACE",
      options: new Map([["key1", "val1"], ["key2", "val2"]]),
    });
    assert(transaction === INGEST_TRANSACTION);
    assertEquals(String(schema), String(INGEST_SCHEMA));
    let rows = 0;
    for await (const { numRows } of batches) rows += numRows;
    return rows;
  },
  catalogs: () => [],
  schemas(filter) {
    assertEquals(filter, {
      catalog: "catalog",
      schemaPattern: "db_schema_filter_pattern",
    });
    return [];
  },
  tables(filter) {
    assertEquals(filter, {
      catalog: "catalog",
      schemaPattern: "db_schema_filter_pattern",
      tablePattern: "table_filter_pattern",
      tableTypes: ["table", "view"],
      includeSchema: true,
    });
    return [];
  },
  tableTypes: () => [],
  primaryKeys(table) {
    assertEquals(table, TABLE);
    return [];
  },
  foreignKeys({ pk, fk }) {
    if (pk && fk) {
      for (const [side, table] of Object.entries({ pk, fk })) {
        assertEquals(table, {
          catalog: `${side}_catalog`,
          schema: `${side}_db_schema`,
          table: `${side}_table`,
        });
      }
    } else assertEquals(pk ?? fk, TABLE);
    return [];
  },
  typeInfo: () => [],
  sqlInfo: {
    sql: false,
    substrait: true,
    substraitMinVersion: "min_version",
    substraitMaxVersion: "max_version",
    transaction: "SAVEPOINT",
    cancel: true,
    bulkIngestion: true,
    ingestTransactionsSupported: true,
    statementTimeout: 42,
    transactionTimeout: 7,
  },
};

/** Makes the service of all three scenarios. */
export function flightSqlScenarioService(): FlightService {
  const service = flightSqlService(HANDLERS);
  return {
    ...service,
    doGet(ticket, context) {
      const any = unpackAny(ticket.ticket);
      if (any?.name === commandGetSqlInfo.name) {
        const { info } = commandGetSqlInfo.decode(any.value);
        // Two ids are those of `flight_sql`, which wants no rows.
        if (info.length === 2 && !info.includes(10)) {
          assertEquals(info, [0, 3]);
          return [{ schema: SQL_INFO_SCHEMA }];
        }
      }
      return service.doGet!(ticket, context);
    },
  };
}
