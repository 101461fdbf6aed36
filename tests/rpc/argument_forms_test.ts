/** The forms in which descriptors, criteria, actions and results may be given. */

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  commandDescriptor,
  type DescriptorInit,
  type FlightDescriptor,
  pathDescriptor,
} from "@contrail/flight";
import { tableFromArrays } from "apache-arrow";
import { callTest as rpcTest } from "../support/transports.ts";

const TABLE = tableFromArrays({ n: Int32Array.of(1) });
const BYTES = Uint8Array.of(0, 255);

const FORMS: readonly (readonly [DescriptorInit, FlightDescriptor])[] = [
  ["flights", pathDescriptor("flights")],
  ["a/b", pathDescriptor("a/b")],
  [["a", "b"], pathDescriptor("a", "b")],
  [{ path: "a" }, pathDescriptor("a")],
  [{ path: ["a", "b"] }, pathDescriptor("a", "b")],
  [{ cmd: "SELECT 1" }, commandDescriptor("SELECT 1")],
  [{ cmd: BYTES }, commandDescriptor(BYTES)],
  [pathDescriptor("a"), pathDescriptor("a")],
  [commandDescriptor("x"), commandDescriptor("x")],
  [{ type: "UNKNOWN" }, { type: "UNKNOWN" }],
];

const WRONG: readonly (readonly [unknown, string])[] = [
  [undefined, "not undefined"],
  [null, "not null"],
  [5, "not number"],
  [["a", 5], "not a list of others than text"],
  [BYTES, "not bytes (a command is { cmd })"],
  [{}, "must be text, a list of path parts, { path }, { cmd } or a Fl"],
  [{ endpoints: [] }, "not a FlightInfo (read() reads it"],
  [{ cmd: 5 }, "FlightDescriptor.cmd must be text or a Uint8Array, not number"],
  [{ path: [5] }, "FlightDescriptor.path must be text or a list of it, not a"],
  [{ path: "a", cmd: "b" }, "either a path or a cmd, not both"],
  [{ type: "PATH", path: "a" }, "FlightDescriptor.path must be a list of text"],
  [{ type: "CMD" }, "FlightDescriptor.cmd must be a Uint8Array, not u"],
  [{ type: "FILE", path: ["a"] }, 'must be "PATH", "CMD" or "UNKNOWN"'],
];

rpcTest(
  "arguments: every call takes every form of a descriptor",
  async (connectTo) => {
    const seen: (FlightDescriptor | undefined)[] = [];
    await using peer = await connectTo({
      getFlightInfo(descriptor) {
        seen.push(descriptor);
        return { descriptor };
      },
      pollFlightInfo(descriptor) {
        seen.push(descriptor);
        return {};
      },
      getSchema(descriptor) {
        seen.push(descriptor);
        return TABLE.schema;
      },
      async doPut(upload) {
        seen.push(await upload.descriptor);
        await Array.fromAsync(upload);
      },
      async *doExchange(input) {
        seen.push(await input.descriptor);
        for await (const batch of input) yield batch;
      },
    });
    const { client } = peer;
    for (const [form, descriptor] of FORMS) {
      await client.getFlightInfo(form);
      await client.pollFlightInfo(form);
      await Array.fromAsync(client.poll(form));
      await client.getSchema(form);
      await client.doPut(form, TABLE);
      await client.doPut(form).writeAll(TABLE);
      await client.doExchange(form, TABLE).table();
      assertEquals(seen.splice(0), Array(7).fill(descriptor));
    }
  },
);

rpcTest(
  "arguments: a wrong descriptor is named before any call",
  async (connectTo) => {
    let calls = 0;
    const count = () => void calls++;
    await using peer = await connectTo({
      getFlightInfo: count as () => undefined,
      doPut: count,
      doExchange: count,
    });
    for (const [value, message] of WRONG) {
      const wrong = value as DescriptorInit;
      const { client } = peer;
      await assertRejects(
        () => client.getFlightInfo(wrong),
        TypeError,
        message,
      );
      await assertRejects(() => client.getSchema(wrong), TypeError, message);
      await assertRejects(() => client.doPut(wrong, TABLE), TypeError, message);
      assertThrows(() => client.doPut(wrong), TypeError, message);
      assertThrows(() => client.doExchange(wrong), TypeError, message);
      assertThrows(() => client.poll(wrong), TypeError, message);
    }
    assertEquals(calls, 0);
  },
);

rpcTest(
  "arguments: a service answers with every form of a descriptor",
  async (connectTo) => {
    let form: DescriptorInit = "";
    await using peer = await connectTo({
      getFlightInfo: () => ({ descriptor: form }),
      pollFlightInfo: () => ({ descriptor: form }),
    });
    for (const [init, descriptor] of FORMS) {
      form = init;
      const info = await peer.client.getFlightInfo("x");
      assertEquals(info.descriptor, descriptor);
      const poll = await peer.client.pollFlightInfo("x");
      assertEquals(poll.descriptor, descriptor);
    }
  },
);

rpcTest("listFlights() takes criteria as text", async (connectTo) => {
  const seen: (Uint8Array | undefined)[] = [];
  await using peer = await connectTo({
    listFlights({ expression }) {
      seen.push(expression);
      return [];
    },
  });
  const bytes = new TextEncoder().encode("größer");
  for (
    const criteria of ["größer", { expression: "größer" }, {
      expression: bytes,
    }]
  ) await Array.fromAsync(peer.client.listFlights(criteria));
  assertEquals(seen.splice(0), [bytes, bytes, bytes]);
  await Array.fromAsync(peer.client.listFlights(""));
  assertEquals(seen, [undefined]);
  assertThrows(
    () => peer.client.listFlights({ expression: 5 as never }),
    TypeError,
    "Criteria.expression must be a Uint8Array or a string, not number",
  );
});

rpcTest(
  "doAction() takes a body as text, and so does a result",
  async (connectTo) => {
    await using peer = await connectTo({
      *doAction(action) {
        yield { body: action.text() };
        yield { body: new TextEncoder().encode("größer") };
        yield { body: "" };
      },
    });
    const results = await Array.fromAsync(
      peer.client.doAction({ type: "echo", body: "ä" }),
    );
    assertEquals(results.map((result) => result.text()), ["ä", "größer", ""]);
    assertThrows(
      () => peer.client.doAction({ type: "echo", body: 5 as never }),
      TypeError,
      "Action.body must be a Uint8Array or a string, not number",
    );
  },
);

rpcTest("doGet() and read() name what they were given", async (connectTo) => {
  await using peer = await connectTo({});
  const { client } = peer;
  for (
    const [value, message] of [
      [undefined, "{ ticket: Uint8Array }, not undefined"],
      [5, "not number"],
      [{}, "not Object"],
      [
        { ticket: { ticket: BYTES } },
        "not Object (of an endpoint it is endpoint.ticket)",
      ],
    ] as const
  ) {
    assertThrows(() => client.doGet(value as never), TypeError, message);
  }
  for (const [value, name] of [["x", "string"], [{}, "Object"]] as const) {
    assertThrows(
      () => client.read(value as never),
      TypeError,
      `not ${name} (getStream reads a descriptor, doGet a ticket)`,
    );
  }
});
