/** Types of the rows of a schema, and of queries: the check is `deno check`. */

import { test } from "node:test";
import type {
  Binary,
  Bool,
  DateDay,
  Decimal,
  Dictionary,
  Float64,
  Int32,
  Int64,
  IntervalMonthDayNano,
  List,
  Map_,
  Schema,
  Struct,
  TimeMicrosecond,
  TimestampNanosecond,
  Utf8,
} from "apache-arrow";
import type {
  FlightSqlClient,
  PreparedStatement,
  SqlInterval,
  SqlRow,
  SqlRowOf,
} from "@contrail/flight/sql";

/** Tests that each of two types can be used as the other. */
type Same<A, B> = [A] extends [B] ? [B] extends [A] ? true : false : false;

type Columns = {
  flag: Bool;
  small: Int32;
  big: Int64;
  double: Float64;
  price: Decimal;
  text: Utf8;
  bytes: Binary;
  day: DateDay;
  at: TimestampNanosecond;
  time: TimeMicrosecond;
  span: IntervalMonthDayNano;
  tags: List<Utf8>;
  counts: Map_<Utf8, Int64>;
  inner: Struct<{ n: Int32 }>;
  word: Dictionary<Utf8>;
};

const SAME: Same<SqlRowOf<Columns>, {
  flag: boolean | null;
  small: number | null;
  big: bigint | null;
  double: number | null;
  price: string | null;
  text: string | null;
  bytes: Uint8Array | null;
  day: Date | null;
  at: Date | null;
  time: string | null;
  span: SqlInterval | null;
  tags: (string | null)[] | null;
  counts: Map<string, bigint | null> | null;
  inner: { n: number | null } | null;
  word: string | null;
}> = true;

/** Is never called. */
export async function accepted(
  client: FlightSqlClient,
  statement: PreparedStatement,
  schema: Schema<{ n: Int64 }>,
): Promise<void> {
  const some: SqlRow[] = await client.query("SELECT 1");
  const named: { n: bigint }[] = await client.query<{ n: bigint }>("SELECT 1");
  const typed: { n: bigint | null }[] = await client.query("SELECT 1", [], {
    schema,
  });
  const first: { n: bigint | null } | undefined = await statement
    .query(undefined, { schema }).first();
  const tagged: { n: bigint }[] = await client.sql<{ n: bigint }>`SELECT ${1}`;
  const count: bigint = await client.execute("DELETE", { id: 1 });
  const result: string = await client.begin((tx) => tx.id && "x");
  await using tx = await client.begin();
  await client.executeMany("INSERT", [[1], { a: 2 }]);
  // @ts-expect-error rows of a schema have its types
  const wrong: { n: string }[] = await client.query("SELECT 1", [], { schema });
  // @ts-expect-error text is not a template
  client.sql("SELECT 1");
  // @ts-expect-error parameters are a list or an object
  client.query("SELECT ?", 5);
  void [some, named, typed, first, tagged, count, result, tx, wrong];
}

test("types of rows are those of their columns", () => void SAME);
