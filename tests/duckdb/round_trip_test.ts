/** Round trips of random values through tables of DuckDB. */

import { describe, it } from "node:test";
import { assertEquals } from "@std/assert";
import {
  Binary,
  Bool,
  type DataType,
  DateDay,
  Dictionary,
  Field,
  Float32,
  Float64,
  Int16,
  Int32,
  Int64,
  Int8,
  List,
  TimestampMicrosecond,
  Uint16,
  Uint32,
  Uint64,
  Uint8,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { batchOf, ingest, query } from "../support/databases.ts";
import { seededRandom } from "../support/seeded_random.ts";
import { CREATE, dataOf, plain, withDatabase } from "./databases.ts";
import { skip } from "./duckdb_package.ts";

type Random = () => number;

function integer(bits: number, signed: boolean): (random: Random) => number {
  return (random) => {
    const value = Math.floor(random() * 2 ** bits);
    return signed ? value - 2 ** (bits - 1) : value;
  };
}

function int64(random: Random): bigint {
  const [high, low] = [random(), random()].map((part) =>
    BigInt(Math.floor(part * 2 ** 32))
  );
  return BigInt.asIntN(64, (high! << 32n) | low!);
}

function text(random: Random): string {
  const characters = [..."aé€😀'\"\\, ]}"];
  const length = Math.floor(random() * (random() < 0.5 ? 12 : 60));
  return Array.from(
    { length },
    () => characters[Math.floor(random() * characters.length)],
  ).join("");
}

interface Kind {
  readonly type: () => DataType;
  readonly make: (random: Random) => unknown;
  /** Type that comes back, if it is another. */
  readonly back?: DataType;
}

const KINDS: readonly Kind[] = [
  { type: () => new Bool(), make: (random) => random() < 0.5 },
  { type: () => new Int8(), make: integer(8, true) },
  { type: () => new Int16(), make: integer(16, true) },
  { type: () => new Int32(), make: integer(32, true) },
  { type: () => new Int64(), make: int64 },
  { type: () => new Uint8(), make: integer(8, false) },
  { type: () => new Uint16(), make: integer(16, false) },
  { type: () => new Uint32(), make: integer(32, false) },
  {
    type: () => new Uint64(),
    make: (random) => BigInt.asUintN(64, int64(random)),
  },
  { type: () => new Float32(), make: (random) => Math.fround(random() - 0.5) },
  {
    type: () => new Float64(),
    make: (random) => (random() - 0.5) * 10 ** Math.floor(random() * 600 - 300),
  },
  { type: () => new Utf8(), make: text },
  {
    type: () => new Binary(),
    make: (random) =>
      Uint8Array.from(
        { length: Math.floor(random() * 30) },
        () => random() * 256,
      ),
  },
  {
    type: () => new Dictionary(new Utf8(), new Int32()),
    make: (random) => `value ${Math.floor(random() * 5)}`,
    back: new Utf8(),
  },
  {
    type: () => new DateDay(),
    make: (random) => Math.floor(random() * 40_000 - 20_000) * 86_400_000,
  },
  {
    type: () => new TimestampMicrosecond(),
    make: (random) => Math.floor(random() * 2e12 - 1e12),
  },
  {
    type: () => new List(new Field("item", new Utf8(), true)),
    make: (random) =>
      Array.from(
        { length: Math.floor(random() * 5) },
        () => random() < 0.2 ? null : text(random),
      ),
  },
];

describe("random columns of DuckDB", { skip }, () => {
  for (let seed = 1; seed <= 12; seed++) {
    it(`come back as they were (seed ${seed})`, () =>
      withDatabase(async (connection) => {
        const random = seededRandom(seed);
        const rows = 1 + Math.floor(random() * 5000);
        const kinds = Array.from(
          { length: 1 + Math.floor(random() * 8) },
          () => KINDS[Math.floor(random() * KINDS.length)]!,
        );
        const columns = kinds.map(({ make }) => {
          const nulls = random() < 0.5 ? 0 : random();
          return Array.from(
            { length: rows },
            () => random() < nulls ? null : make(random),
          );
        });
        const batch = batchOf(Object.fromEntries(kinds.map((kind, i) => [
          `c${i}`,
          vectorFromArray(columns[i]! as never[], kind.type()),
        ])));
        const cut = Math.floor(random() * rows);
        const parts = [batch.slice(0, cut), batch.slice(cut, rows)];
        await ingest(connection, { table: "t", ...CREATE }, dataOf(...parts));
        const result = await query(connection, "SELECT * FROM t");
        assertEquals(
          result.types,
          kinds.map(({ type, back }) => String(back ?? type())),
        );
        assertEquals(result.rows.length, rows);
        kinds.forEach((_, i) => {
          assertEquals(
            plain(result.rows.map((row) => row[i])),
            columns[i],
            `column ${i} of type ${result.types[i]}`,
          );
        });
      }, { batchRows: 777 }));
  }
});
