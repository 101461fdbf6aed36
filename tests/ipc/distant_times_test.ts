import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  type Data,
  type DataType,
  DateMillisecond,
  Dictionary,
  Field,
  Int8,
  List,
  makeData,
  type RecordBatch,
  Table,
  Timestamp,
  TimeUnit,
  Vector,
} from "apache-arrow";
import { test } from "node:test";
import { FlightError } from "../../internal/core/flight_error.ts";
import { batchOf } from "../support/ipc/samples.ts";
import { roundTrip } from "../support/ipc/ipc_streams.ts";

const MOST = 2n ** 63n - 1n;
const LEAST = -(2n ** 63n);

/** Types, and the first value that apache-arrow cannot read. */
const TYPES:
  readonly (readonly [name: string, type: DataType, first: bigint])[] = [
    ["seconds", new Timestamp(TimeUnit.SECOND), 2n ** 53n],
    ["milliseconds", new Timestamp(TimeUnit.MILLISECOND, "UTC"), 2n ** 53n],
    ["microseconds", new Timestamp(TimeUnit.MICROSECOND), 1000n * 2n ** 53n],
    ["dates", new DateMillisecond(), 2n ** 53n],
  ];

function times(type: DataType, values: bigint[], validity?: Uint8Array): Data {
  return makeData({
    type: type as Timestamp,
    data: BigInt64Array.from(values),
    nullBitmap: validity,
    nullCount: validity ? -1 : 0,
  });
}

function received(data: Data): RecordBatch {
  return roundTrip([batchOf({ t: data })])[0]!;
}

/** Reading fails with an error that names field, row and value. */
function assertUnreadable(read: () => unknown, row: number, value: bigint) {
  const error = assertThrows(
    read,
    FlightError,
    `: ${value} in row ${row}, of type `,
  );
  assertEquals(error.code, "UNIMPLEMENTED");
}

for (const [name, type, first] of TYPES) {
  test(`distant times: ${name} that numbers cannot hold are named when they are read`, () => {
    for (const value of [MOST, LEAST, first, -first]) {
      const batch = received(times(type, [0n, value, 1n]));
      const vector = batch.getChild("t")!;
      assertEquals(Number(vector.get(0)), 0);
      assertUnreadable(() => vector.get(1), 1, value);
      assertUnreadable(() => [...vector], 1, value);
      assertUnreadable(() => [...new Table([batch])].map(String), 1, value);
      assertUnreadable(() => vector.slice(1, 3).get(0), 0, value);
      assertEquals((vector.data[0]!.values as BigInt64Array)[1], value);
      // It can be sent on.
      const [again] = roundTrip([batch, batch.slice(1, 2)]);
      assertEquals(
        (again!.getChild("t")!.data[0]!.values as BigInt64Array)[1],
        value,
      );
    }
  });

  test(`distant times: ${name} that numbers hold are read`, () => {
    const values = [first - 1n, 1n - first, 0n];
    const vector = received(times(type, values)).getChild("t")!;
    assert([...vector].every((value) => value !== null));
  });

  test(`distant times: ${name} of null rows may be anything`, () => {
    const data = times(type, [MOST, 0n, LEAST], Uint8Array.of(0b010));
    const vector = received(data).getChild("t")!;
    assertEquals([...vector].map((value) => value && Number(value)), [
      null,
      0,
      null,
    ]);
  });
}

test("distant times: nanoseconds can all be read", () => {
  const type = new Timestamp(TimeUnit.NANOSECOND);
  const vector = received(times(type, [MOST, LEAST])).getChild("t")!;
  assertEquals([...vector].length, 2);
});

test("distant times: times in lists and dictionaries are named too", () => {
  const type = new Timestamp(TimeUnit.MILLISECOND);
  const child = times(type, [0n, MOST, 2n]);
  const list = makeData({
    type: new List(new Field("item", type, true)),
    length: 2,
    nullCount: 0,
    valueOffsets: Int32Array.of(0, 1, 3),
    child: child as Data<Timestamp>,
  });
  const lists = received(list).getChild("t")!;
  assertEquals([...lists.get(0)], [0]);
  assertUnreadable(() => [...lists.get(1)], 0, MOST);

  const t = new Dictionary(type, new Int8(), 1);
  const encode = (dictionary: Vector) =>
    batchOf({
      t: makeData({ type: t, data: Int8Array.of(0, 1), dictionary } as never),
    });
  const chunk = new Vector([child]);
  const [, grown] = roundTrip(
    [encode(chunk), encode(chunk.concat(new Vector([child])))],
    undefined,
    { dictionaries: "delta" },
  );
  assertUnreadable(() => [...grown!.getChild("t")!], 1, MOST);
});
