/** Round trips of random values: ingest, then select, and as parameters. */

import { test } from "node:test";
import { assertEquals } from "@std/assert";
import {
  Binary,
  Bool,
  type DataType,
  Dictionary,
  Float64,
  Int32,
  Int64,
  LargeUtf8,
  Utf8,
  vectorFromArray,
} from "apache-arrow";
import { seededRandom } from "../support/seeded_random.ts";
import { batchOf, ingest, query, withDatabase } from "./databases.ts";

type Random = () => number;

function int64(random: Random): bigint {
  const bits = Math.floor(random() * 65);
  const value = BigInt.asIntN(
    64,
    (BigInt(Math.floor(random() * 2 ** 32)) << 32n) |
      BigInt(Math.floor(random() * 2 ** 32)),
  );
  return bits === 0 ? 0n : value >> BigInt(64 - bits);
}

function text(random: Random): string {
  const length = random() < 0.1
    ? Math.floor(random() * 500)
    : Math.floor(random() * 30);
  const alphabet = random() < 0.5 ? "abc'\"?;" : "aé€😀\u0001\ud7ff\uffff";
  const characters = [...alphabet];
  return Array.from(
    { length },
    () => characters[Math.floor(random() * characters.length)],
  ).join("");
}

const KINDS: Record<
  string,
  {
    type: () => DataType;
    declared: DataType;
    make: (random: Random) => unknown;
  }
> = {
  int64: { type: () => new Int64(), declared: new Int64(), make: int64 },
  float64: {
    type: () => new Float64(),
    declared: new Float64(),
    make: (random) => (random() - 0.5) * 10 ** Math.floor(random() * 600 - 300),
  },
  bool: {
    type: () => new Bool(),
    declared: new Bool(),
    make: (random) => random() < 0.5,
  },
  utf8: { type: () => new Utf8(), declared: new Utf8(), make: text },
  largeUtf8: { type: () => new LargeUtf8(), declared: new Utf8(), make: text },
  dictionary: {
    type: () => new Dictionary(new Utf8(), new Int32()),
    declared: new Utf8(),
    make: (random) => `value ${Math.floor(random() * 5)}`,
  },
  binary: {
    type: () => new Binary(),
    declared: new Binary(),
    make: (random) =>
      Uint8Array.from(
        { length: Math.floor(random() * 40) },
        () => random() * 256,
      ),
  },
};

for (let seed = 1; seed <= 12; seed++) {
  test(`random columns of SQLite come back as they were (seed ${seed})`, () =>
    withDatabase(async (connection) => {
      const random = seededRandom(seed);
      const rows = 1 + Math.floor(random() * 700);
      const names = Object.keys(KINDS);
      const kinds = Array.from(
        { length: 1 + Math.floor(random() * 8) },
        () => names[Math.floor(random() * names.length)]!,
      );
      const columns = kinds.map((kind) => {
        const nulls = random() < 0.5 ? 0 : random();
        return Array.from(
          { length: rows },
          () => random() < nulls ? null : KINDS[kind]!.make(random),
        );
      });
      const batch = batchOf(
        Object.fromEntries(
          kinds.map((
            kind,
            i,
          ) => [`c${i}`, vectorFromArray(columns[i]!, KINDS[kind]!.type())]),
        ),
      );
      const cuts = [
        ...new Set([
          0,
          Math.floor(random() * rows),
          Math.floor(random() * rows),
          rows,
        ]),
      ].sort((a, b) => a - b);
      const parts = cuts.slice(1).map((end, i) => batch.slice(cuts[i]!, end));
      await ingest(connection, {
        table: "t",
        ifNotExist: "CREATE",
        ifExists: "FAIL",
      }, {
        schema: batch.schema,
        batches: (async function* () {
          yield* parts;
        })(),
      });
      const expected = Array.from(
        { length: rows },
        (_, row) => columns.map((column) => column[row]),
      );
      const result = await query(connection, "SELECT * FROM t ORDER BY rowid");
      assertEquals(
        result.types,
        kinds.map((kind) => String(KINDS[kind]!.declared)),
      );
      assertEquals(result.rows, expected);
      // As parameters, a row at a time.
      const found = await query(
        connection,
        `SELECT * FROM t WHERE ${
          kinds.map((_, i) => `c${i} IS ?${i + 1}`).join(" AND ")
        } LIMIT 1`,
        parts[0]!.slice(0, Math.min(20, parts[0]!.numRows)),
      );
      assertEquals(found.rows, expected.slice(0, found.rows.length));
      assertEquals(found.rows.length, Math.min(20, parts[0]!.numRows));
    }, { batchRows: 97 }));
}
