import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import {
  DateDay,
  DateMillisecond,
  Decimal,
  Dictionary,
  Field,
  FixedSizeBinary,
  Float16,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  LargeUtf8,
  List,
  makeData,
  type RecordBatch,
  Struct,
  TimeMicrosecond,
  TimestampMicrosecond,
  TimestampNanosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  Vector,
  vectorFromArray,
} from "apache-arrow";
import type { IngestTarget } from "@contrail/flight/sqlite";
import { assertFlightError, rejection } from "../support/rejections.ts";
import {
  batchOf,
  execute,
  ingest,
  query,
  rawValues,
  withDatabase,
} from "./databases.ts";

const CREATE = { ifNotExist: "CREATE", ifExists: "FAIL" } as const;

async function* stream(...batches: RecordBatch[]): AsyncGenerator<RecordBatch> {
  yield* batches;
}

function dataOf(...batches: RecordBatch[]) {
  return { schema: batches[0]!.schema, batches: stream(...batches) };
}

const NUMBERS = batchOf({ n: vectorFromArray([1, 2, null], new Int32()) });

describe("an ingest into SQLite", () => {
  it("stores every type of Arrow without loss", () =>
    withDatabase(async (connection) => {
      const fields = [
        new Field("x", new Int32(), true),
        new Field("y", new List(new Field("item", new Utf8(), true)), true),
      ];
      const wide = 2n ** 100n + 1n;
      const decimal = makeData({
        type: new Decimal(2, 38, 128),
        length: 2,
        nullCount: 0,
        data: new Uint32Array(
          [wide, -wide].flatMap((value) =>
            [0n, 32n, 64n, 96n].map((shift) =>
              Number((value >> shift) & 0xffff_ffffn)
            )
          ),
        ),
      });
      const cases: [
        name: string,
        column: Vector,
        type: string,
        values: unknown[],
      ][] = [
        ["int8", vectorFromArray([-128, null], new Int8()), "Int64", [
          -128n,
          null,
        ]],
        ["int16", vectorFromArray([-32768, null], new Int16()), "Int64", [
          -32768n,
          null,
        ]],
        [
          "int64",
          vectorFromArray([-(2n ** 63n), 2n ** 63n - 1n], new Int64()),
          "Int64",
          [-(2n ** 63n), 2n ** 63n - 1n],
        ],
        ["uint8", vectorFromArray([255, 0], new Uint8()), "Int64", [255n, 0n]],
        ["uint16", vectorFromArray([65535, 0], new Uint16()), "Int64", [
          65535n,
          0n,
        ]],
        ["uint32", vectorFromArray([4294967295, 0], new Uint32()), "Int64", [
          4294967295n,
          0n,
        ]],
        [
          "uint64",
          vectorFromArray([2n ** 63n - 1n, 0n], new Uint64()),
          "Int64",
          [2n ** 63n - 1n, 0n],
        ],
        ["float16", vectorFromArray([1.5, -2], new Float16()), "Float64", [
          1.5,
          -2,
        ]],
        ["float32", vectorFromArray([0.5, null], new Float32()), "Float64", [
          0.5,
          null,
        ]],
        ["float64", vectorFromArray([5, 1e300], new Float64()), "Float64", [
          5,
          1e300,
        ]],
        ["bool", vectorFromArray([true, false]), "Bool", [true, false]],
        ["utf8", vectorFromArray(["\ufeffé😀", ""], new Utf8()), "Utf8", [
          "\ufeffé😀",
          "",
        ]],
        [
          "largeUtf8",
          vectorFromArray(["long", null], new LargeUtf8()),
          "Utf8",
          ["long", null],
        ],
        [
          "dictionary",
          vectorFromArray(["b", "a"], new Dictionary(new Utf8(), new Int32())),
          "Utf8",
          ["b", "a"],
        ],
        [
          "fixed",
          vectorFromArray([Uint8Array.of(1, 2), null], new FixedSizeBinary(2)),
          "Binary",
          [Uint8Array.of(1, 2), null],
        ],
        ["decimal", new Vector([decimal]), "Utf8", [
          "12676506002282294014967032053.77",
          "-12676506002282294014967032053.77",
        ]],
        [
          "date",
          vectorFromArray([new Date("2024-02-29"), null], new DateDay()),
          "Date32<DAY>",
          [Date.UTC(2024, 1, 29), null],
        ],
        [
          "date64",
          vectorFromArray(
            [new Date("1969-12-31"), null],
            new DateMillisecond(),
          ),
          "Timestamp<MILLISECOND>",
          [-86400000, null],
        ],
        [
          "time",
          vectorFromArray([3_600_000_001n, null], new TimeMicrosecond()),
          "Time64<MICROSECOND>",
          [3_600_000_001n, null],
        ],
        [
          "list",
          vectorFromArray(
            [[1n, 2n ** 60n], null],
            new List(new Field("item", new Int64(), true)),
          ),
          "Utf8",
          ["[1,1152921504606846976]", null],
        ],
        [
          "struct",
          vectorFromArray(
            [{ x: 1, y: ['a"', null] }, null],
            new Struct(fields) as never,
          ),
          "Utf8",
          ['{"x":1,"y":["a\\"",null]}', null],
        ],
      ];
      const batch = batchOf(
        Object.fromEntries(cases.map(([name, column]) => [name, column])),
      );
      const rows = await ingest(
        connection,
        { table: "t", ...CREATE },
        dataOf(batch),
      );
      assertEquals(rows, 2n);
      const result = await query(connection, "SELECT * FROM t");
      cases.forEach(([name, , type, values], i) => {
        assertEquals(result.types[i], type, name);
        // The decoder of apache-arrow drops a byte order mark, which the bytes have.
        const found = result.rows.map((row) => row[i]);
        assertEquals(
          name === "utf8"
            ? [found[0] === "é😀" ? values[0] : found[0], found[1]]
            : found,
          values,
          name,
        );
      });
      const { rows: [first] } = await query(
        connection,
        "SELECT length(utf8) FROM t LIMIT 1",
      );
      assertEquals(first, [3n]);
    }));

  it("keeps the nanoseconds of timestamps, and their time zone", () =>
    withDatabase(async (connection) => {
      const column = (
        type: TimestampNanosecond | TimestampMicrosecond,
        values: bigint[],
      ) =>
        new Vector([
          makeData({
            type,
            length: 2,
            nullCount: 0,
            data: BigInt64Array.from(values),
          }),
        ]);
      const batch = batchOf({
        ns: column(new TimestampNanosecond(), [1n, -1n]),
        us: column(new TimestampMicrosecond("Europe/Berlin"), [
          1_700_000_000_000_001n,
          -1n,
        ]),
      });
      await ingest(connection, { table: "t", ...CREATE }, dataOf(batch));
      const { types, batches } = await query(connection, "SELECT * FROM t");
      assertEquals(types, [
        "Timestamp<NANOSECOND>",
        "Timestamp<MICROSECOND, UTC>",
      ]);
      assertEquals(rawValues(batches, 0), [1n, -1n]);
      assertEquals(rawValues(batches, 1), [1_700_000_000_000_001n, -1n]);
      await assertFlightError(
        ingest(
          connection,
          { table: "far", ...CREATE },
          dataOf(
            batchOf({
              us: column(new TimestampMicrosecond(), [2n ** 62n, 0n]),
            }),
          ),
        ),
        "OUT_OF_RANGE",
        /Cannot store the time 4611686018427387904/,
      );
    }));

  it("has all modes", () =>
    withDatabase(async (connection) => {
      const into = (target: Omit<IngestTarget, "table">) =>
        ingest(connection, { table: "t", ...target }, dataOf(NUMBERS, NUMBERS));
      const count = async () =>
        (await query(connection, "SELECT count(*) FROM t")).rows[0]![0];
      await assertFlightError(
        into({ ifNotExist: "FAIL", ifExists: "APPEND" }),
        "NOT_FOUND",
        /no table "t"/,
      );
      assertEquals(
        await into({ ifNotExist: "CREATE", ifExists: "APPEND" }),
        6n,
      );
      assertEquals(await count(), 6n);
      await assertFlightError(
        into(CREATE),
        "ALREADY_EXISTS",
        /is a table "t" already/,
      );
      await into({ ifNotExist: "FAIL", ifExists: "APPEND" });
      assertEquals(await count(), 12n);
      await into({ ifNotExist: "FAIL", ifExists: "REPLACE" });
      assertEquals(await count(), 6n);
      await assertFlightError(
        ingest(connection, {
          table: "t",
          ifNotExist: "FAIL",
          ifExists: "APPEND",
        }, dataOf(batchOf({ other: NUMBERS.getChildAt(0)! }))),
        "INVALID_ARGUMENT",
        /no column named other/,
      );
      for (
        const target of [{ catalog: "other" }, { schema: "public" }, {
          catalog: "main",
          schema: "x",
        }]
      ) {
        await assertFlightError(into({ ...CREATE, ...target }), "NOT_FOUND");
      }
      assertEquals(await count(), 6n);
    }));

  it("is all or nothing", () =>
    withDatabase(async (connection) => {
      await execute(connection, "CREATE TABLE t(n INTEGER CHECK (n < 3))");
      const bad = batchOf({ n: vectorFromArray([1, 5], new Int32()) });
      const target = {
        table: "t",
        ifNotExist: "FAIL",
        ifExists: "APPEND",
      } as const;
      await assertFlightError(
        ingest(connection, target, dataOf(NUMBERS, bad)),
        "FAILED_PRECONDITION",
        /CHECK constraint failed.*SQLITE_CONSTRAINT_CHECK/,
      );
      // deno-lint-ignore require-yield
      async function* broken(): AsyncGenerator<RecordBatch> {
        throw new Error("the source broke");
      }
      const error = await rejection(
        ingest(connection, { table: "u", ...CREATE }, {
          schema: NUMBERS.schema,
          batches: broken(),
        }),
      );
      assertEquals((error as Error).message, "the source broke");
      const tables = await query(
        connection,
        "SELECT name, (SELECT count(*) FROM t) FROM sqlite_schema",
      );
      assertEquals(tables.rows, [["t", 0n]]);
      // In a transaction, only the ingest is undone.
      await connection.begin();
      await execute(connection, "INSERT INTO t VALUES (2)");
      await rejection(
        ingest(connection, target, dataOf(NUMBERS, bad)),
      );
      await connection.commit();
      assertEquals((await query(connection, "SELECT * FROM t")).rows, [[2n]]);
    }));

  it("quotes names", () =>
    withDatabase(async (connection) => {
      const name = `"; DROP TABLE t; --'`;
      await ingest(
        connection,
        { table: name, ...CREATE },
        dataOf(batchOf({ [name]: NUMBERS.getChildAt(0)! })),
      );
      const { rows } = await query(
        connection,
        `SELECT * FROM "${name.replaceAll('"', '""')}"`,
      );
      assertEquals(rows, [[1n], [2n], [null]]);
      await assertFlightError(
        ingest(connection, { table: "a\0b", ...CREATE }, dataOf(NUMBERS)),
        "INVALID_ARGUMENT",
        /Cannot use the name "a\\u0000b": it has U\+0000 in it/,
      );
    }));

  it("creates temporary tables in a transaction only", () =>
    withDatabase(async (connection) => {
      const target = { table: "t", temporary: true, ...CREATE };
      await assertFlightError(
        ingest(connection, target, dataOf(NUMBERS)),
        "FAILED_PRECONDITION",
        /outside of a transaction/,
      );
      await connection.begin();
      await ingest(connection, target, dataOf(NUMBERS));
      assertEquals(
        (await query(connection, "SELECT count(*) FROM temp.t")).rows,
        [[3n]],
      );
      assertEquals(await connection.catalogs(), ["main", "temp"]);
      await connection.rollback();
    }));

  it("refuses integers beyond 64 bits", () =>
    withDatabase(async (connection) => {
      const batch = batchOf({ n: vectorFromArray([2n ** 63n], new Uint64()) });
      await assertFlightError(
        ingest(connection, { table: "t", ...CREATE }, dataOf(batch)),
        "OUT_OF_RANGE",
        /Cannot bind 9223372036854775808 of row 0/,
      );
    }));

  it("takes slices of batches, and batches of many rows", () =>
    withDatabase(async (connection) => {
      const values = Array.from(
        { length: 5000 },
        (_, i) => i % 7 === 0 ? null : i,
      );
      const flags = values.map((value) =>
        value === null ? null : value % 2 === 0
      );
      const texts = values.map((value) =>
        value === null ? null : `text ${value}`
      );
      const batch = batchOf({
        n: vectorFromArray(values, new Int32()),
        f: vectorFromArray(flags),
        s: vectorFromArray(texts, new Utf8()),
      });
      const slices = [batch.slice(13, 2000), batch.slice(2000, 4999)];
      const rows = await ingest(
        connection,
        { table: "t", ...CREATE },
        dataOf(...slices),
      );
      assertEquals(rows, 4986n);
      const result = await query(connection, "SELECT n, f, s FROM t");
      const expected = values.slice(13, 4999).map((
        n,
        i,
      ) => [n === null ? null : BigInt(n), flags[13 + i], texts[13 + i]]);
      assertEquals(result.rows, expected);
    }));
});
