/** Requirements of drivers on metadata: R13 to R18, R24 and R25 of the notes on Flight SQL. */

import { test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import { decodeSchema, FlightError } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import {
  flightSqlService,
  type SqlForeignKey,
} from "@contrail/flight/sql/server";
import type { Field, RecordBatch, Schema, Table } from "apache-arrow";
import { packAny } from "../../internal/sql/messages/any.ts";
import * as messages from "../../internal/sql/messages/metadata_commands.ts";
import { sqlInfoRows } from "../../internal/sql/metadata/sql_info_batch.ts";
import { rpcTest } from "../support/transports.ts";
import { FakeHandlers } from "./fake_handlers.ts";
import * as sql from "./sql_calls.ts";

/** Names, types and nullability, of children too: `!` is not nullable. */
function textOf({ name, type, nullable }: Field): string {
  const children = (type.children ?? []).map(textOf).join(", ");
  const kind = String(type).replace(/[<{].*$/, "");
  return `${name} ${kind}${children && `(${children})`}${nullable ? "" : "!"}`;
}

function schemaText({ fields }: Schema): string {
  return fields.map(textOf).join("; ");
}

const KEYS =
  "pk_catalog_name Utf8; pk_db_schema_name Utf8; pk_table_name Utf8!; pk_column_name Utf8!; fk_catalog_name Utf8; fk_db_schema_name Utf8; fk_table_name Utf8!; fk_column_name Utf8!; key_sequence Int32!; fk_key_name Utf8; pk_key_name Utf8; update_rule Uint8!; delete_rule Uint8!";
const TABLES =
  "catalog_name Utf8; db_schema_name Utf8; table_name Utf8!; table_type Utf8!";

/** FlightSql.proto, with the deviations that all implementations share. */
const SCHEMAS: readonly (readonly [codec: unknown, command: object, string])[] =
  [
    [messages.commandGetCatalogs, {}, "catalog_name Utf8!"],
    [
      messages.commandGetDbSchemas,
      {},
      "catalog_name Utf8; db_schema_name Utf8!",
    ],
    [
      messages.commandGetTables,
      { tableTypes: [], includeSchema: false },
      TABLES,
    ],
    [
      messages.commandGetTables,
      { tableTypes: [], includeSchema: true },
      `${TABLES}; table_schema Binary!`,
    ],
    [messages.commandGetTableTypes, {}, "table_type Utf8!"],
    [
      messages.commandGetPrimaryKeys,
      { table: "t" },
      "catalog_name Utf8; db_schema_name Utf8; table_name Utf8!; column_name Utf8!; key_sequence Int32!; key_name Utf8",
    ],
    [messages.commandGetExportedKeys, { table: "t" }, KEYS],
    [messages.commandGetImportedKeys, { table: "t" }, KEYS],
    [
      messages.commandGetCrossReference,
      { pkTable: "t", fkTable: "u" },
      KEYS,
    ],
    [
      messages.commandGetXdbcTypeInfo,
      {},
      "type_name Utf8!; data_type Int32!; column_size Int32; literal_prefix Utf8; literal_suffix Utf8; create_params List(item Utf8!); nullable Int32!; case_sensitive Bool!; searchable Int32!; unsigned_attribute Bool; fixed_prec_scale Bool!; auto_increment Bool; local_type_name Utf8; minimum_scale Int32; maximum_scale Int32; sql_data_type Int32!; datetime_subcode Int32; num_prec_radix Int32; interval_precision Int32",
    ],
    [
      messages.commandGetSqlInfo,
      { info: [] },
      "info_name Uint32!; value Union(string_value Utf8!, bool_value Bool!, bigint_value Int64!, int32_bitmask Int32!, string_list List(item Utf8)!, int32_to_int32_list_map Map(entries Struct(key Int32!, value List(item Int32))!)!)!",
    ],
  ];

/** Handlers with nothing in them. */
const EMPTY = {
  catalogs: () => [],
  schemas: () => [],
  tables: () => [],
  tableTypes: () => [],
  primaryKeys: () => [],
  foreignKeys: () => [],
  typeInfo: () => [],
};

function textRows(table: Table): string[] {
  return table.toArray().map((row) =>
    Object.values(row as Record<string, unknown>).map((value) => `${value}`)
      .join(" ")
  );
}

rpcTest(
  "R16, R17: results of metadata have their schemas, also without rows",
  async (join) => {
    await using joined = await join(flightSqlService(EMPTY));
    const { client } = joined;
    for (const [codec, command, expected] of SCHEMAS) {
      const cmd = packAny(codec as typeof messages.commandGetCatalogs, command);
      const info = await client.getFlightInfo({ cmd });
      assertEquals(schemaText(info.schema!), expected);
      const { schema } = await sql.fetch(client, info);
      assertEquals(schemaText(schema), expected);
      assertEquals(
        schemaText(await client.getSchema({ cmd })),
        expected,
      );
    }
  },
);

rpcTest(
  "R25: the ticket of metadata is the command, at no location",
  async (join) => {
    await using joined = await join(flightSqlService(EMPTY));
    const { client } = joined;
    const cmd = packAny(messages.commandGetCatalogs, {});
    const { endpoints } = await client.getFlightInfo({ cmd });
    assertEquals(
      endpoints.map(({ ticket, locations }) => [ticket.ticket, locations]),
      [
        [cmd, []],
      ],
    );
  },
);

rpcTest(
  "operations without a handler are UNIMPLEMENTED by name",
  async (join) => {
    await using joined = await join(flightSqlService({}));
    const { client } = joined;
    for (const [codec, command] of SCHEMAS) {
      if (codec === messages.commandGetSqlInfo) continue;
      const { name } = codec as typeof messages.commandGetCatalogs;
      const cmd = packAny(codec as typeof messages.commandGetCatalogs, command);
      for (
        const call of [
          () => client.getFlightInfo({ cmd }),
          () => client.doGet(cmd).table(),
        ]
      ) {
        const error = await assertRejects(
          call,
          FlightError,
          name.replace(/^.*\.Command/, ""),
        );
        assertEquals(error.code, "UNIMPLEMENTED");
      }
    }
  },
);

async function tables(
  client: Parameters<typeof sql.rows>[0],
  command: Partial<messages.CommandGetTables>,
): Promise<string[]> {
  return textRows(
    await sql.rows(client, messages.commandGetTables, {
      tableTypes: [],
      includeSchema: false,
      ...command,
    }),
  );
}

rpcTest("GetTables filters and orders", async (join) => {
  await using joined = await join(flightSqlService(new FakeHandlers()));
  const { client } = joined;
  const [none, ab1, b_1] = [
    "null null temporary TABLE",
    "main null ab1 VIEW",
    "main null b_1 TABLE",
  ];
  const cases: readonly [Partial<messages.CommandGetTables>, string[]][] = [
    [{}, [none!, ab1!, b_1!]],
    [{ catalog: "main" }, [ab1!, b_1!]],
    [{ catalog: "" }, [none!]],
    [{ catalog: "MAIN" }, []],
    [{ catalog: "m%" }, []],
    [{ tableNameFilterPattern: "%b_1" }, [b_1!]],
    [{ tableNameFilterPattern: "_b1" }, [ab1!]],
    [{ tableNameFilterPattern: "b\\_1" }, [b_1!]],
    [{ tableNameFilterPattern: "" }, []],
    [{ dbSchemaFilterPattern: "" }, [none!, ab1!, b_1!]],
    [{ dbSchemaFilterPattern: "x%" }, []],
    [{ tableTypes: ["VIEW"] }, [ab1!]],
    [{ tableTypes: ["VIEW", "TABLE"] }, [none!, ab1!, b_1!]],
    [{ tableTypes: ["view"] }, []],
    [{ tableNameFilterPattern: "' OR 1=1 --" }, []],
  ];
  for (const [command, expected] of cases) {
    assertEquals([command, await tables(client, command)], [command, expected]);
  }
});

rpcTest(
  "R18: the schema of a table is an IPC message, with its metadata",
  async (join) => {
    await using joined = await join(flightSqlService(new FakeHandlers()));
    const table = await sql.rows(joined.client, messages.commandGetTables, {
      tableNameFilterPattern: "b\\_1",
      tableTypes: [],
      includeSchema: true,
    });
    const bytes = table.getChild("table_schema")!.get(0) as Uint8Array;
    assertEquals([...bytes.subarray(0, 4)], [255, 255, 255, 255]);
    const schema = decodeSchema(bytes);
    assertEquals(schemaText(schema), "id Int32!; name Utf8");
    assertEquals([...schema.fields[0]!.metadata], [["a", "b"]]);
  },
);

rpcTest(
  "catalogs, schemas and types are those of the tables, without handlers of their own",
  async (join) => {
    await using joined = await join(flightSqlService({
      tables: () => [
        { catalog: "b", schema: "s", name: "t", type: "TABLE" },
        { catalog: "a", schema: "s", name: "t", type: "VIEW" },
        { catalog: "b", schema: "s", name: "u", type: "TABLE" },
      ],
    }));
    const { client } = joined;
    assertEquals(
      textRows(await sql.rows(client, messages.commandGetCatalogs, {})),
      ["a", "b"],
    );
    assertEquals(
      textRows(await sql.rows(client, messages.commandGetDbSchemas, {})),
      ["a s", "b s"],
    );
    assertEquals(
      textRows(await sql.rows(client, messages.commandGetTableTypes, {})),
      ["TABLE", "VIEW"],
    );
  },
);

const KEY: SqlForeignKey = {
  pk: { catalog: "main", table: "p" },
  pkColumn: "id",
  fk: { catalog: "main", table: "f" },
  fkColumn: "p_id",
  keySequence: 1,
  updateRule: "CASCADE",
  deleteRule: "SET_DEFAULT",
};

rpcTest("foreign keys are found from both sides", async (join) => {
  const others = [
    { ...KEY, fk: { catalog: "main", table: "e" } },
    { ...KEY, pk: { catalog: "main", table: "q" } },
  ];
  await using joined = await join(
    flightSqlService({ foreignKeys: () => [KEY, ...others] }),
  );
  const { client } = joined;
  const row = (pk: string, fk: string): string =>
    `main null ${pk} id main null ${fk} p_id 1 null null 0 4`;
  assertEquals(
    textRows(
      await sql.rows(client, messages.commandGetExportedKeys, { table: "p" }),
    ),
    [row("p", "e"), row("p", "f")],
  );
  assertEquals(
    textRows(
      await sql.rows(client, messages.commandGetImportedKeys, {
        catalog: "main",
        table: "f",
      }),
    ),
    [row("p", "f"), row("q", "f")],
  );
  assertEquals(
    textRows(
      await sql.rows(client, messages.commandGetCrossReference, {
        pkTable: "q",
        fkTable: "f",
      }),
    ),
    [row("q", "f")],
  );
  assertEquals(
    textRows(
      await sql.rows(client, messages.commandGetImportedKeys, {
        dbSchema: "public",
        table: "f",
      }),
    ),
    [],
  );
});

rpcTest("primary keys are in order, and those of one table", async (join) => {
  await using joined = await join(flightSqlService({
    primaryKeys: () => [
      { table: "t", column: "b", keySequence: 2 },
      { table: "t", column: "a", keySequence: 1 },
      { table: "u", column: "c", keySequence: 1 },
    ],
  }));
  assertEquals(
    textRows(
      await sql.rows(joined.client, messages.commandGetPrimaryKeys, {
        table: "t",
      }),
    ),
    ["null null t a 1 null", "null null t b 2 null"],
  );
});

rpcTest("types are filtered, ordered and completed", async (join) => {
  await using joined = await join(flightSqlService({
    typeInfo: () => [
      { typeName: "varchar", dataType: 12, createParams: ["length"] },
      { typeName: "bigint", dataType: -5, columnSize: 19 },
      { typeName: "text", dataType: 12, literalPrefix: "'" },
    ],
  }));
  const { client } = joined;
  const names = async (dataType?: number): Promise<unknown[]> => [
    ...(await sql.rows(client, messages.commandGetXdbcTypeInfo, { dataType }))
      .getChild("type_name")!,
  ];
  assertEquals(await names(), ["bigint", "text", "varchar"]);
  assertEquals(await names(12), ["text", "varchar"]);
  assertEquals(await names(93), []);
  assertEquals(await names(0), []);
});

async function sqlInfo(
  client: Parameters<typeof sql.rows>[0],
  ids: number[],
): Promise<[number, unknown][]> {
  const table = await sql.rows(client, messages.commandGetSqlInfo, {
    info: ids,
  });
  return table.batches.flatMap((batch: RecordBatch) => sqlInfoRows(batch));
}

rpcTest(
  "R13, R14, R15: SqlInfo follows from the handlers, and from what they state",
  async (join) => {
    const handlers = Object.assign(new FakeHandlers(), {
      sqlInfo: { name: "Fake", others: new Map([[10_000, 5n]]) },
    });
    await using joined = await join(
      flightSqlService(handlers, { transactionTimeoutMs: 5000 }),
    );
    const { client } = joined;
    assertEquals(await sqlInfo(client, [0, 4, 5, 8, 9, 10, 11, 101, 55_555]), [
      [0, "Fake"],
      [4, true],
      [5, false],
      [8, 1],
      [9, true],
      [10, true],
      [11, true],
      [101, 5000],
    ]);
    const all = await sqlInfo(client, []);
    assertEquals(all.length, 89);
    assertEquals(all.filter(([id]) => id >= 10_000), []);
    assertEquals(await sqlInfo(client, [10_000]), [[10_000, 5n]]);
  },
);

test("SqlInfo of a function is asked for by each call", async () => {
  let calls = 0;
  const handlers = {
    state: "stated",
    sqlInfo() {
      return Promise.resolve({ name: this.state, version: `${++calls}` });
    },
  };
  await using client = connectInMemory(flightSqlService(handlers));
  assertEquals(calls, 0);
  for (const version of ["1", "2"]) {
    assertEquals(await sqlInfo(client, [0, 1, 8]), [
      [0, "stated"],
      [1, version],
      [8, 0],
    ]);
  }
});
