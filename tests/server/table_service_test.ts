/** Data sets by their descriptor: getTable, getStream, putTable, and the service for them. */

import {
  assert,
  assertEquals,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { test } from "node:test";
import { FlightError, pathDescriptor, tableService } from "@contrail/flight";
import { Table, tableFromArrays } from "apache-arrow";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { event } from "../support/events.ts";
import { NUMBERS, numbers, values } from "../support/numbers.ts";
import { rpcTest } from "../support/transports.ts";

const TABLE = tableFromArrays({ n: Int32Array.of(1, 2, 3) });

rpcTest(
  "tableService() lists, describes and serves tables",
  async (connectTo) => {
    const tables = new Map([["a/b", TABLE], ["c", new Table(NUMBERS)]]);
    await using peer = await connectTo(tableService(tables));
    const { client } = peer;
    const infos = await Array.fromAsync(client.listFlights());
    assertEquals(
      infos.map(({ descriptor, totalRecords, ordered }) => ({
        descriptor,
        totalRecords,
        ordered,
      })),
      [
        {
          descriptor: pathDescriptor("a", "b"),
          totalRecords: 3n,
          ordered: true,
        },
        { descriptor: pathDescriptor("c"), totalRecords: 0n, ordered: true },
      ],
    );
    assertEquals((await Array.fromAsync(client.listFlights("a/"))).length, 1);
    assertEquals((await Array.fromAsync(client.listFlights("x"))).length, 0);
    for (const descriptor of ["a/b", ["a", "b"]]) {
      const info = await client.getFlightInfo(descriptor);
      assertEquals(info.schema!.names, ["n"]);
      assertEquals((await client.getSchema(descriptor)).names, ["n"]);
      const table = await client.getTable(descriptor);
      assertEquals(table.toString(), TABLE.toString());
    }
    const empty = await client.getTable("c");
    assertEquals([empty.numRows, empty.schema.names], [0, ["n"]]);
    // A table that comes later is found too.
    tables.set("d", TABLE);
    assertEquals((await client.getTable("d")).numRows, 3);
  },
);

rpcTest("tableService() does not find what is not there", async (connectTo) => {
  await using peer = await connectTo(
    tableService({ a: TABLE }, { put: false }),
  );
  const { client } = peer;
  for (const descriptor of ["b", "toString", "__proto__", { cmd: "a" }, []]) {
    await assertFlightError(client.getTable(descriptor), "NOT_FOUND");
    await assertFlightError(client.getSchema(descriptor), "NOT_FOUND");
    await assertFlightError(
      Array.fromAsync(client.getStream(descriptor)),
      "NOT_FOUND",
    );
  }
  await assertFlightError(client.doGet("b").table(), "NOT_FOUND");
  await assertFlightError(client.putTable("b", TABLE), "UNIMPLEMENTED");
});

rpcTest(
  "tableService() takes uploads where they are allowed",
  async (connectTo) => {
    const tables = new Map([["a", TABLE]]);
    await using peer = await connectTo(tableService(tables, { put: true }));
    const { client } = peer;
    assertEquals(
      await client.putTable(["x", "y"], [numbers(1), numbers(2)]),
      [],
    );
    assertEquals((await client.getTable("x/y")).batches.flatMap(values), [
      1,
      2,
    ]);
    assertEquals([...tables.keys()], ["a", "x/y"]);
    await client.putTable("a", numbers(7));
    assertEquals((await client.getTable("a")).batches.flatMap(values), [7]);
    await client.putTable("__proto__", TABLE);
    assertEquals((await client.getTable("__proto__")).numRows, 3);
    await client.putTable("empty", [], { schema: NUMBERS });
    assertEquals((await client.getTable("empty")).numRows, 0);
    await assertFlightError(
      client.putTable({ cmd: "a" }, TABLE),
      "INVALID_ARGUMENT",
    );
    await assertFlightError(client.putTable([], TABLE), "INVALID_ARGUMENT");
    await assertFlightError(client.putTable("none", []), "FAILED_PRECONDITION");
    assert(!tables.has("none"));
    // An upload that fails leaves the table that was there.
    const broken = new Error("the disk is gone");
    const failing = function* () {
      yield numbers(8);
      throw broken;
    };
    assertStrictEquals(
      await rejection(client.putTable("a", failing())),
      broken,
    );
    assertEquals((await client.getTable("a")).batches.flatMap(values), [7]);
  },
);

rpcTest("getStream() does nothing before it is read", async (connectTo) => {
  let calls = 0;
  await using peer = await connectTo({
    getFlightInfo() {
      calls++;
      return { endpoints: [{ ticket: "1" }, { ticket: "2" }], ordered: true };
    },
    doGet: ({ ticket }) => numbers(ticket[0]!),
  });
  const stream = peer.client.getStream("x");
  await peer.client.getFlightInfo("y");
  assertEquals(calls, 1);
  assertEquals((await Array.fromAsync(stream)).flatMap(values), [49, 50]);
  assertEquals(calls, 2);
});

rpcTest("getStream() passes the options to every call", async (connectTo) => {
  const seen: (string | undefined)[] = [];
  await using peer = await connectTo({
    getFlightInfo(_, { headers }) {
      seen.push(headers.get("x-a"));
      return { endpoints: [{ ticket: "1" }] };
    },
    doGet(_, { headers }) {
      seen.push(headers.get("x-a"));
      return TABLE;
    },
  });
  const headers = new Map([["x-a", "b"]]).entries();
  await peer.client.getTable("x", { headers });
  assertEquals(seen, ["b", "b"]);
  assertThrows(
    () => peer.client.getStream("x", { maxParallelEndpoints: 0 }),
    RangeError,
    "maxParallelEndpoints",
  );
  assertThrows(() => peer.client.getStream(5 as never), TypeError, "number");
  await assertRejects(
    () => peer.client.putTable("x", undefined as never),
    TypeError,
    "Cannot use data: it must be a Table",
  );
});

rpcTest(
  "getStream() ends GetFlightInfo when it is cancelled, aborted or late",
  async (connectTo) => {
    const begun: ReturnType<typeof event<void>>[] = [];
    const ended: ReturnType<typeof event<void>>[] = [];
    await using peer = await connectTo({
      async getFlightInfo(_, { signal }) {
        const aborted = new Promise((resolve) =>
          signal.addEventListener("abort", resolve)
        );
        begun.at(-1)!.resolve();
        await aborted;
        ended.at(-1)!.resolve();
        return undefined;
      },
    });
    const round = () => {
      begun.push(event());
      ended.push(event());
    };
    round();
    const reader = peer.client.getStream("x").getReader();
    const reading = reader.read().catch((error) => error);
    await begun.at(-1)!.promise;
    await reader.cancel();
    await ended.at(-1)!.promise;
    await reading;

    round();
    const controller = new AbortController();
    const reason = new Error("never mind");
    const table = rejection(
      peer.client.getTable("x", { signal: controller.signal }),
    );
    await begun.at(-1)!.promise;
    controller.abort(reason);
    assertStrictEquals(await table, reason);
    await ended.at(-1)!.promise;

    round();
    const late = await assertRejects(
      () => peer.client.getTable("x", { timeoutMs: 50 }),
      FlightError,
    );
    assertEquals(late.code, "DEADLINE_EXCEEDED");
  },
);

test("tableService() refuses what is no table", () => {
  const wrong = (tables: unknown, options?: unknown) => () =>
    tableService(tables as never, options as never);
  assertThrows(wrong(undefined), TypeError, "must be a Map or an object");
  assertThrows(wrong(TABLE), TypeError, "must be a Map or an object");
  assertThrows(
    wrong({ a: [1] }),
    TypeError,
    'Cannot offer "a": it must be a Table, not an array',
  );
  assertThrows(wrong(new Map([["a", 5]])), TypeError, "not number");
  assertThrows(wrong({}, { put: "false" }), TypeError, "option put");
  assertThrows(wrong({}, null), TypeError, "option options");
});
