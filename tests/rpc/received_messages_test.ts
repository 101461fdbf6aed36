/** Received messages read their bytes: `text()` and `json()`, in handlers and at clients. */

import { deepStrictEqual } from "node:assert";
import { test } from "node:test";
import { inspect } from "node:util";
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type Action,
  type Criteria,
  type DescriptorInit,
  type FlightClient,
  type FlightDescriptor,
  FlightError,
  type FlightService,
  type Received,
  type Ticket,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { numbers } from "../support/numbers.ts";
import { callTest as rpcTest } from "../support/transports.ts";

/** UTF-8 with a byte order mark, which is a part of the text, and more than 64 characters of it. */
const TEXT = `\ufeff"größer" 😀 ${"x".repeat(64)}`;
const JSON_TEXT = JSON.stringify({ text: TEXT, n: [1, null] });
const NOT_UTF8 = Uint8Array.of(0x61, 0xff);

/** A service whose handlers give every message with bytes to `see`. */
function serviceOf(
  see: (
    message: Received & (Ticket | Action | Criteria | FlightDescriptor),
  ) => void,
): FlightService {
  const seen = <R>(message: Parameters<typeof see>[0], answer: R): R => {
    see(message);
    return answer;
  };
  return {
    listFlights: (criteria) => seen(criteria, []),
    getFlightInfo: (descriptor) => seen(descriptor, {}),
    pollFlightInfo: (descriptor) => seen(descriptor, {}),
    getSchema: (descriptor) => seen(descriptor, numbers(1).schema),
    doGet: (ticket) => seen(ticket, numbers(1)),
    doAction: (action) => seen(action, []),
    async doPut(upload) {
      see((await upload.descriptor)!);
      for await (const _ of upload);
    },
    async doExchange(input) {
      return seen((await input.descriptor)!, numbers(1));
    },
  };
}

/** The calls whose request has bytes; the name of the bytes in errors; the method. */
const CALLS: readonly (readonly [
  name: string,
  method: string,
  call: (client: FlightClient, bytes: Uint8Array | string) => Promise<unknown>,
])[] = [
  [
    "Criteria.expression",
    "ListFlights",
    (client, expression) => Array.fromAsync(client.listFlights({ expression })),
  ],
  [
    "FlightDescriptor.cmd",
    "GetFlightInfo",
    (client, cmd) => client.getFlightInfo({ cmd }),
  ],
  [
    "FlightDescriptor.cmd",
    "PollFlightInfo",
    (client, cmd) => client.pollFlightInfo({ cmd }),
  ],
  [
    "FlightDescriptor.cmd",
    "GetSchema",
    (client, cmd) => client.getSchema({ cmd }),
  ],
  ["Ticket.ticket", "DoGet", (client, ticket) => client.doGet(ticket).table()],
  [
    "Action.body",
    "DoAction",
    (client, body) => Array.fromAsync(client.doAction({ type: "a", body })),
  ],
  [
    "FlightDescriptor.cmd",
    "DoPut",
    (client, cmd) => client.doPut({ cmd }, numbers(1)),
  ],
  [
    "FlightDescriptor.cmd",
    "DoExchange",
    (client, cmd) => client.doExchange({ cmd }, numbers(1)).table(),
  ],
];

rpcTest("text() and json() in a handler", async (connectTo) => {
  let seen: unknown[] = [];
  await using peer = await connectTo(serviceOf((message) => {
    seen.push(message.text(), message.json());
  }));
  for (const [, , call] of CALLS) {
    await call(peer.client, JSON_TEXT);
    assertEquals(seen, [JSON_TEXT, { text: TEXT, n: [1, null] }]);
    seen = [];
  }
});

rpcTest(
  "text() and json() in a handler blame the client, by the name of the bytes",
  async (connectTo) => {
    let asText = true;
    await using peer = await connectTo(serviceOf((message) => {
      if (asText) message.text();
      else message.json();
    }));
    const { client } = peer;
    for (const [name, method, call] of CALLS) {
      for (
        const [text, bytes, expected] of [
          [true, NOT_UTF8, "UTF-8"],
          [false, NOT_UTF8, "UTF-8"],
          [false, "{secret", "JSON"],
          [false, "", "JSON"],
        ] as const
      ) {
        asText = text;
        const error = await assertRejects(() => call(client, bytes));
        assert(FlightError.is(error));
        assertEquals(
          error.message,
          `[invalid argument] ${method}: ${name} must be ${expected}`,
        );
      }
    }
    for (
      const [descriptor, got] of [
        ["path", "a path"],
        [{ type: "UNKNOWN" }, "of an unknown type"],
      ] as const satisfies (readonly [DescriptorInit, string])[]
    ) {
      await assertRejects(
        () => client.getFlightInfo(descriptor),
        FlightError,
        `[invalid argument] GetFlightInfo: FlightDescriptor must be a command, and it is ${got}`,
      );
    }
    // A mistake of the client is no failure of the service.
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "text() and json() of Result and PutResult blame the service",
  async (connectTo) => {
    const bodies = [JSON_TEXT, TEXT, "", NOT_UTF8];
    await using peer = await connectTo({
      *doAction() {
        for (const body of bodies) yield { body };
      },
      async *doPut(upload) {
        await Array.fromAsync(upload);
        for (const appMetadata of bodies) yield { appMetadata };
      },
    });
    for (
      const [start, results] of [
        [
          "DoAction: Result.body",
          await Array.fromAsync(peer.client.doAction("a")),
        ],
        [
          "DoPut: PutResult.appMetadata",
          await peer.client.doPut("a", numbers(1)),
        ],
      ] as const
    ) {
      const [json, text, empty, binary] = results;
      assertEquals(json!.json<{ n: unknown }>().n, [1, null]);
      assertEquals([json!.text(), text!.text(), empty!.text()], [
        JSON_TEXT,
        TEXT,
        "",
      ]);
      for (
        const [read, expected] of [
          [() => text!.json(), "JSON"],
          [() => empty!.json(), "JSON"],
          [() => binary!.text(), "UTF-8"],
          [() => binary!.json(), "UTF-8"],
        ] as const
      ) {
        const error = assertThrows(read, FlightError);
        assertEquals(error.message, `[internal] ${start} must be ${expected}`);
        assertEquals(error.origin, "remote");
      }
    }
  },
);

test("a received message is given on as it is", async () => {
  const seen: unknown[] = [];
  await using client = connectInMemory(serviceOf((message) => {
    seen.push(message.text());
  }));
  await using proxy = connectInMemory({
    listFlights: (criteria) => client.listFlights(criteria),
    getFlightInfo: (descriptor) => client.getFlightInfo(descriptor),
    doGet: (ticket) => client.doGet(ticket),
    doAction: (action) => client.doAction(action),
    async doPut(upload) {
      return client.doPut((await upload.descriptor)!, upload);
    },
  });
  await Array.fromAsync(proxy.listFlights("criteria"));
  await Array.fromAsync(proxy.listFlights());
  await proxy.getFlightInfo({ cmd: "command" });
  await proxy.doGet("ticket").table();
  await Array.fromAsync(proxy.doAction({ type: "a", body: "body" }));
  await proxy.doPut({ cmd: "upload" }, numbers(1));
  assertEquals(seen, ["criteria", "", "command", "ticket", "body", "upload"]);
});

test("a received message is a plain object to all others", async () => {
  const seen: object[] = [];
  await using client = connectInMemory({
    ...serviceOf((message) => void seen.push(message)),
    *doAction(action) {
      seen.push(action);
      yield { body: "b" };
    },
  });
  const [t, b] = ["t", "b"].map((text) => new TextEncoder().encode(text));
  await Array.fromAsync(client.listFlights());
  await client.getFlightInfo("p");
  await client.doGet("t").table();
  seen.push(
    ...await Array.fromAsync(client.doAction({ type: "a", body: "b" })),
  );
  const plain = [
    {},
    { type: "PATH", path: ["p"] },
    { ticket: t },
    { type: "a", body: b },
    { body: b },
  ];
  assertEquals(seen, plain);
  deepStrictEqual(seen, plain);
  deepStrictEqual(seen.map((message) => ({ ...message })), plain);
  deepStrictEqual(structuredClone(seen), plain);
  assertEquals(JSON.stringify(seen), JSON.stringify(plain));
  assertEquals(inspect(seen), inspect(plain));
});
