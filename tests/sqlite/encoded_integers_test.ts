/** Integers in dictionaries and unions, as parameters and in an ingest: they stay integers. */

import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import {
  DenseUnion,
  Dictionary,
  Field,
  Float64,
  Int32,
  Int8,
  makeData,
  RecordBatch,
  Schema,
  Struct,
  Uint64,
  Uint8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import { type DatabaseConnection, duckdb } from "@contrail/flight/duckdb";
import { sqlite } from "@contrail/flight/sqlite";
import { assertFlightError } from "../support/rejections.ts";
import { execute, ingest, query } from "../support/databases.ts";
import { dataOf } from "../duckdb/databases.ts";
import { api, skip } from "../duckdb/duckdb_package.ts";

/** A batch with one column. */
function batchOf(vector: Vector): RecordBatch {
  const fields = [new Field("v", vector.type, true)];
  const data = makeData({
    type: new Struct(fields),
    length: vector.length,
    children: [vector.data[0]!],
  });
  return new RecordBatch(new Schema(fields), data);
}

/** A dictionary in two parts, as that of a stream with a delta. */
function dictionary(type: Int32 | Uint8): Vector {
  const part = vectorFromArray([1, 2], type);
  return new Vector([makeData({
    type: new Dictionary(type, new Int8()),
    length: 3,
    data: Int8Array.of(0, 3, 1),
    dictionary: part.concat(part) as Vector,
  })]);
}

/** An integer and a floating point number. */
function union(): Vector {
  const type = new DenseUnion(Int32Array.of(0, 1), [
    new Field("a", new Int32(), true),
    new Field("b", new Float64(), true),
  ]);
  return new Vector([makeData({
    type,
    length: 2,
    typeIds: Int8Array.of(0, 1),
    valueOffsets: Int32Array.of(0, 0),
    children: [
      vectorFromArray([1], new Int32()).data[0]!,
      vectorFromArray([1], new Float64()).data[0]!,
    ],
  })]);
}

async function check(connection: DatabaseConnection): Promise<void> {
  const texts: [Vector, string[]][] = [
    [dictionary(new Int32()), ["1", "2", "2"]],
    [dictionary(new Uint8()), ["1", "2", "2"]],
    [union(), ["1", "1.0"]],
  ];
  for (const [i, [vector, expected]] of texts.entries()) {
    const batch = batchOf(vector);
    const numbers = expected.map(Number);
    await execute(connection, `CREATE TABLE p${i}(v VARCHAR)`);
    await execute(connection, `INSERT INTO p${i} VALUES (?)`, batch);
    const stored = await query(connection, `SELECT v FROM p${i}`);
    assertEquals(stored.rows, expected.map((text) => [text]));
    await ingest(
      connection,
      { table: `i${i}`, ifNotExist: "CREATE", ifExists: "FAIL" },
      dataOf(batch),
    );
    const { rows } = await query(
      connection,
      `SELECT CAST(CAST(v AS VARCHAR) AS DOUBLE) FROM i${i}`,
    );
    assertEquals(rows, numbers.map((number) => [number]));
  }
}

/** An integer of 64 bits without a sign. */
const large = () =>
  batchOf(
    vectorFromArray([2n ** 64n - 1n], new Dictionary(new Uint64(), new Int8())),
  );

describe("integers in dictionaries and unions", () => {
  it("are integers for SQLite", async () => {
    const adapter = sqlite(":memory:");
    try {
      const connection = await adapter.connect();
      await check(connection);
      await assertFlightError(
        execute(connection, "INSERT INTO p0 VALUES (?)", large()),
        "OUT_OF_RANGE",
      );
    } finally {
      await adapter.close();
    }
  });

  it("are integers for DuckDB", { skip }, async () => {
    const instance = await api.DuckDBInstance.create(":memory:");
    const adapter = duckdb(instance, { readOnly: false });
    try {
      const connection = await adapter.connect();
      await check(connection);
      await execute(connection, "DELETE FROM p0");
      await execute(connection, "INSERT INTO p0 VALUES (?)", large());
      const { rows } = await query(connection, "SELECT v FROM p0");
      assertEquals(rows, [[String(2n ** 64n - 1n)]]);
    } finally {
      await adapter.close();
      instance.closeSync();
    }
  });
});
