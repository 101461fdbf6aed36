/** Metadata of a database as typed rows, on every transport. */

import { test } from "node:test";
import { assertEquals, assertRejects } from "@std/assert";
import {
  Field,
  Int32,
  Schema,
  type Table,
  tableFromArrays,
  Utf8,
} from "apache-arrow";
import { encodeSchema, type FlightService } from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import { unpackAny } from "../../../internal/sql/messages/any.ts";
import * as commands from "../../../internal/sql/messages/metadata_commands.ts";
import { batchesOfRows } from "../../../internal/sql/metadata/metadata_batch.ts";
import * as schemas from "../../../internal/sql/metadata/schemas.ts";
import { sqlInfoBatch } from "../../../internal/sql/metadata/sql_info_batch.ts";
import { assertFlightError } from "../../support/rejections.ts";
import { rpcTest } from "../../support/transports.ts";

/** The rows of a table, as bytes of a schema. */
const COLUMNS = new Schema([
  new Field(
    "id",
    new Int32(),
    false,
    new Map([["ARROW:FLIGHT:SQL:SCALE", "2"]]),
  ),
  new Field("name", new Utf8(), true),
]);

const TABLE_ROWS = [
  ["main", null, "a", "TABLE", encodeSchema(COLUMNS)],
  [null, "s", "b", "VIEW", encodeSchema(new Schema([]))],
];

const FOREIGN_KEY = [
  "c",
  null,
  "artists",
  "id",
  "c",
  "s",
  "albums",
  "artist_id",
  1,
  "fk",
  null,
  0,
  2,
];

/** Answers each command with fixed rows, and keeps what it was asked for. */
function metadataService(): { service: FlightService; asked: unknown[] } {
  const asked: unknown[] = [];
  const rowsOf = (cmd: Uint8Array) => {
    const { name, value } = unpackAny(cmd)!;
    const command = name.replace(/^.*\.Command/, "");
    const all = (schema: Schema, rows: unknown[][]) => [
      ...batchesOfRows(schema, rows),
    ];
    switch (command) {
      case "GetCatalogs":
        return { command, rows: all(schemas.CATALOGS_SCHEMA, [["a"], ["b"]]) };
      case "GetDbSchemas":
        return {
          command: commands.commandGetDbSchemas.decode(value),
          rows: all(schemas.DB_SCHEMAS_SCHEMA, [[null, "s"], ["c", "t"]]),
        };
      case "GetTables": {
        const decoded = commands.commandGetTables.decode(value);
        return {
          command: decoded,
          rows: decoded.includeSchema
            ? all(schemas.TABLES_WITH_SCHEMA_SCHEMA, TABLE_ROWS)
            : all(
              schemas.TABLES_SCHEMA,
              TABLE_ROWS.map((row) => row.slice(0, 4)),
            ),
        };
      }
      case "GetTableTypes":
        return {
          command,
          rows: all(schemas.TABLE_TYPES_SCHEMA, [["TABLE"], ["VIEW"]]),
        };
      case "GetPrimaryKeys":
        return {
          command: commands.commandGetPrimaryKeys.decode(value),
          rows: all(schemas.PRIMARY_KEYS_SCHEMA, [
            ["c", null, "a", "id", 1, null],
            ["c", null, "a", "n", 2, "pk"],
          ]),
        };
      case "GetExportedKeys":
      case "GetImportedKeys":
        return {
          command: commands.commandGetImportedKeys.decode(value),
          rows: all(schemas.FOREIGN_KEYS_SCHEMA, [FOREIGN_KEY]),
        };
      case "GetCrossReference":
        return {
          command: commands.commandGetCrossReference.decode(value),
          rows: all(schemas.FOREIGN_KEYS_SCHEMA, [FOREIGN_KEY]),
        };
      case "GetXdbcTypeInfo":
        return {
          command: commands.commandGetXdbcTypeInfo.decode(value),
          rows: all(schemas.XDBC_TYPE_INFO_SCHEMA, [[
            "varchar",
            12,
            255,
            "'",
            "'",
            ["length"],
            1,
            false,
            3,
            null,
            false,
            null,
            "varchar",
            null,
            null,
            12,
            null,
            null,
            null,
          ]]),
        };
      default:
        return {
          command: commands.commandGetSqlInfo.decode(value),
          rows: [
            sqlInfoBatch([
              [0, "SQLite"],
              [3, true],
              [8, 2],
              [508, ["ABORT"]],
              [541, 5n],
              [517, new Map([[0, [7]]])],
              [10_005, "custom"],
            ]),
          ],
        };
    }
  };
  return {
    asked,
    service: {
      getFlightInfo(descriptor) {
        const { cmd } = descriptor as { cmd: Uint8Array };
        asked.push(rowsOf(cmd).command);
        return { endpoints: [{ ticket: cmd }] };
      },
      doGet: ({ ticket }) => rowsOf(ticket).rows,
    },
  };
}

rpcTest("catalogs, schemas and table types are listed", async (connectTo) => {
  const { service, asked } = metadataService();
  await using joined = await connectTo(service);
  const client = flightSql(joined.client);
  assertEquals(await client.catalogs(), ["a", "b"]);
  assertEquals(await client.schemas({ catalog: "", schemaPattern: "s%" }), [
    { schema: "s" },
    { catalog: "c", schema: "t" },
  ]);
  assertEquals(await client.tableTypes(), ["TABLE", "VIEW"]);
  assertEquals(asked, [
    "GetCatalogs",
    { catalog: "", dbSchemaFilterPattern: "s%" },
    "GetTableTypes",
  ]);
});

rpcTest(
  "tables are listed, with their columns where wanted",
  async (connectTo) => {
    const { service, asked } = metadataService();
    await using joined = await connectTo(service);
    const client = flightSql(joined.client);
    assertEquals(await client.tables(), [
      { catalog: "main", name: "a", type: "TABLE" },
      { schema: "s", name: "b", type: "VIEW" },
    ]);
    const [a, b] = await client.tables({
      catalog: "main",
      schemaPattern: "%",
      tablePattern: "a_",
      types: ["TABLE"],
      includeSchema: true,
    });
    assertEquals(String(a?.tableSchema), String(COLUMNS));
    const [id] = a!.tableSchema!.fields;
    assertEquals(id?.metadata.get("ARROW:FLIGHT:SQL:SCALE"), "2");
    assertEquals(b?.tableSchema?.fields, []);
    assertEquals(asked, [
      { tableTypes: [], includeSchema: false },
      {
        catalog: "main",
        dbSchemaFilterPattern: "%",
        tableNameFilterPattern: "a_",
        tableTypes: ["TABLE"],
        includeSchema: true,
      },
    ]);
  },
);

rpcTest("keys are listed", async (connectTo) => {
  const { service, asked } = metadataService();
  await using joined = await connectTo(service);
  const client = flightSql(joined.client);
  assertEquals(await client.primaryKeys("a"), [
    { catalog: "c", table: "a", column: "id", keySequence: 1 },
    { catalog: "c", table: "a", column: "n", keySequence: 2, keyName: "pk" },
  ]);
  const key = {
    pk: { catalog: "c", table: "artists" },
    pkColumn: "id",
    fk: { catalog: "c", schema: "s", table: "albums" },
    fkColumn: "artist_id",
    fkKeyName: "fk",
    keySequence: 1,
    updateRule: "CASCADE" as const,
    deleteRule: "SET_NULL" as const,
  };
  const table = { catalog: "c", schema: "", table: "artists" };
  assertEquals(await client.exportedKeys(table), [key]);
  assertEquals(await client.importedKeys("albums"), [key]);
  assertEquals(await client.crossReference(table, "albums"), [key]);
  assertEquals(asked, [
    { table: "a" },
    { catalog: "c", dbSchema: "", table: "artists" },
    { table: "albums" },
    {
      pkCatalog: "c",
      pkDbSchema: "",
      pkTable: "artists",
      fkTable: "albums",
    },
  ]);
});

rpcTest("types of the database are listed", async (connectTo) => {
  const { service, asked } = metadataService();
  await using joined = await connectTo(service);
  const client = flightSql(joined.client);
  assertEquals(await client.typeInfo({ dataType: 12 }), [{
    typeName: "varchar",
    dataType: 12,
    columnSize: 255,
    literalPrefix: "'",
    literalSuffix: "'",
    createParams: ["length"],
    nullable: 1,
    caseSensitive: false,
    searchable: 3,
    fixedPrecisionScale: false,
    localTypeName: "varchar",
    sqlDataType: 12,
  }]);
  await client.typeInfo();
  assertEquals(asked, [{ dataType: 12 }, {}]);
});

rpcTest("facts about the server have names", async (connectTo) => {
  const { service, asked } = metadataService();
  await using joined = await connectTo(service);
  const client = flightSql(joined.client);
  const info = await client.sqlInfo(["name", "readOnly", 10_005]);
  assertEquals(info, {
    name: "SQLite",
    readOnly: true,
    transaction: "SAVEPOINT",
    keywords: ["ABORT"],
    maxBinaryLiteralLength: 5n,
    supportsConvert: new Map([[0, [7]]]),
    others: new Map([[10_005, "custom"]]),
  });
  await client.sqlInfo();
  assertEquals(asked, [{ info: [0, 3, 10_005] }, { info: [] }]);
  await assertRejects(
    () => client.sqlInfo(["nam" as "name"]),
    TypeError,
    "there is no nam",
  );
});

function clientOf(table: Table) {
  return flightSql(connectInMemory({
    getFlightInfo: () => ({ endpoints: [{ ticket: "t" }] }),
    doGet: () => table,
  }));
}

test("metadata columns are found by name, in any order and type of text", async () => {
  const client = clientOf(tableFromArrays({
    table_type: ["TABLE"],
    more: [1],
    table_name: ["t"],
  }));
  assertEquals(await client.tables(), [{ name: "t", type: "TABLE" }]);
});

test("metadata are read even where the FlightInfo has another schema", async () => {
  const table = tableFromArrays({ catalog_name: ["c"] });
  const client = flightSql(connectInMemory({
    getFlightInfo: () => ({ schema: COLUMNS, endpoints: [{ ticket: "t" }] }),
    doGet: () => table,
  }));
  assertEquals(await client.catalogs(), ["c"]);
});

test("metadata without a column that must be there is an error which names it", async () => {
  await assertFlightError(
    clientOf(tableFromArrays({ x: ["a"] })).catalogs(),
    "INTERNAL",
    /GetCatalogs cannot be used: its column "catalog_name" is not there/,
  );
  await assertFlightError(
    clientOf(tableFromArrays({ catalog_name: [1] })).catalogs(),
    "INTERNAL",
    /its column "catalog_name" is not text/,
  );
  await assertFlightError(
    clientOf(tableFromArrays({
      table_name: ["t"],
      table_type: ["t"],
      table_schema: ["x"],
    })).tables(),
    "INTERNAL",
    /its column "table_schema" is not bytes/,
  );
});
