import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import {
  type CancelStatus,
  commandDescriptor,
  encodeSchema,
  FLIGHT_ERROR_CODES,
  type FlightCallOptions,
  type FlightClient,
  FlightError,
  type FlightErrorCode,
  type FlightInfo,
  type FlightService,
  pathDescriptor,
  PREDEFINED_ACTIONS,
  REUSE_CONNECTION,
} from "@contrail/flight";
import { aborted, event } from "../support/events.ts";
import { assertFlightError, rejection } from "../support/rejections.ts";
import { NUMBERS } from "../support/numbers.ts";
import { callTest as rpcTest } from "../support/transports.ts";

const DESCRIPTOR = pathDescriptor("a", "ü");

/** The calls with one answer: how they are made, and the handler that they reach. */
const UNARY: Readonly<
  Record<string, {
    handler: "getFlightInfo" | "pollFlightInfo" | "getSchema";
    call: (
      client: FlightClient,
      options?: FlightCallOptions,
    ) => Promise<unknown>;
  }>
> = {
  GetFlightInfo: {
    handler: "getFlightInfo",
    call: (client, options) => client.getFlightInfo(DESCRIPTOR, options),
  },
  PollFlightInfo: {
    handler: "pollFlightInfo",
    call: (client, options) => client.pollFlightInfo(DESCRIPTOR, options),
  },
  GetSchema: {
    handler: "getSchema",
    call: (client, options) => client.getSchema(DESCRIPTOR, options),
  },
};

rpcTest("GetFlightInfo gives every field", async (connectTo) => {
  const expirationTime = new Date("2026-11-21T01:02:03.456Z");
  await using peer = await connectTo({
    getFlightInfo(descriptor, context) {
      context.responseHeaders.set("x-head", "1");
      context.responseTrailers.set("x-trail", "2");
      return {
        schema: NUMBERS,
        descriptor,
        endpoints: [
          {
            ticket: "t1",
            locations: ["grpc://one:1", REUSE_CONNECTION],
            expirationTime,
            appMetadata: Uint8Array.of(1),
          },
          { ticket: Uint8Array.of(0, 1) },
        ],
        totalRecords: 2n ** 62n,
        totalBytes: 0,
        ordered: true,
        appMetadata: Uint8Array.of(2),
      };
    },
  });
  const seen: string[] = [];
  const info = await peer.client.getFlightInfo(DESCRIPTOR, {
    onHeaders: (headers) => seen.push(`head ${headers.get("x-head")}`),
    onTrailers: (trailers) => seen.push(`trail ${trailers.get("x-trail")}`),
  });
  assertEquals(seen, ["head 1", "trail 2"]);
  assertEquals(info.schema!.fields[0]!.name, "n");
  const { schemaBytes: _, ...rest } = { ...info };
  assertEquals(rest, {
    descriptor: DESCRIPTOR,
    endpoints: [
      {
        ticket: { ticket: new TextEncoder().encode("t1") },
        locations: [{ uri: "grpc://one:1" }, REUSE_CONNECTION],
        expirationTime,
        appMetadata: Uint8Array.of(1),
      },
      {
        ticket: { ticket: Uint8Array.of(0, 1) },
        locations: [],
      },
    ],
    totalRecords: 2n ** 62n,
    totalBytes: 0n,
    ordered: true,
    appMetadata: Uint8Array.of(2),
  });
});

rpcTest("GetFlightInfo of an empty info", async (connectTo) => {
  await using peer = await connectTo({ getFlightInfo: () => ({}) });
  assertEquals(await peer.client.getFlightInfo(commandDescriptor("")), {
    endpoints: [],
    ordered: false,
  });
});

rpcTest("PollFlightInfo follows a query to its end", async (connectTo) => {
  const expirationTime = new Date("2026-11-21T01:02:03Z");
  await using peer = await connectTo({
    pollFlightInfo(descriptor) {
      return descriptor.type === "CMD"
        ? { info: { endpoints: [{ ticket: "all" }] }, progress: 1 }
        : {
          info: {},
          descriptor: commandDescriptor("next"),
          progress: 0.25,
          expirationTime,
        };
    },
  });
  const first = await peer.client.pollFlightInfo(DESCRIPTOR);
  assertEquals(first.progress, 0.25);
  assertEquals(first.expirationTime, expirationTime);
  assertEquals(first.descriptor, commandDescriptor("next"));
  const last = await peer.client.pollFlightInfo(first.descriptor!);
  assertEquals([last.progress, last.descriptor, last.expirationTime], [
    1,
    undefined,
    undefined,
  ]);
  assertEquals(last.info?.endpoints.length, 1);
});

rpcTest(
  "GetSchema gives the schema, from a Schema and from its bytes",
  async (connectTo) => {
    await using peer = await connectTo({
      getSchema: ({ type }) => type === "CMD" ? NUMBERS : encodeSchema(NUMBERS),
    });
    for (const descriptor of [DESCRIPTOR, commandDescriptor("x")]) {
      const schema = await peer.client.getSchema(descriptor);
      assertEquals(
        schema.fields.map(({ name, nullable }) => [name, nullable]),
        [["n", false]],
      );
    }
  },
);

rpcTest(
  "cancelFlightInfo and renewFlightEndpoint reach doAction",
  async (connectTo) => {
    const types: string[] = [];
    await using peer = await connectTo({
      doAction({ type, body }) {
        types.push(type);
        // CancelFlightInfoResult { status: CANCELLED } and FlightEndpoint { ticket { "new" } }
        return type === "CancelFlightInfo"
          // The first counts.
          ? [{ body: Uint8Array.of(0x08, 1) }, { body: Uint8Array.of(0xff) }]
          : [{
            body: Uint8Array.of(
              0x0a,
              5,
              0x0a,
              3,
              0x6e,
              0x65,
              0x77,
              ...body!.subarray(0, 0),
            ),
          }];
      },
    });
    const info: FlightInfo = { endpoints: [], ordered: false };
    const { status }: { status: CancelStatus } = await peer.client
      .cancelFlightInfo(info);
    assertEquals(status, "CANCELLED");
    const endpoint = await peer.client.renewFlightEndpoint({
      ticket: { ticket: Uint8Array.of(1) },
      locations: [],
    });
    assertEquals(new TextDecoder().decode(endpoint.ticket.ticket), "new");
    assertEquals(types, ["CancelFlightInfo", "RenewFlightEndpoint"]);
  },
);

rpcTest(
  "cancelFlightInfo and renewFlightEndpoint have handlers of their own",
  async (connectTo) => {
    await using peer = await connectTo({
      cancelFlightInfo: (info, { method }) =>
        info.appMetadata?.[0] === 1 && method === "DoAction"
          ? "CANCELLING"
          : "NOT_CANCELLABLE",
      renewFlightEndpoint({ ticket, locations }) {
        if (locations.length > 0) {
          throw new FlightError("NOT_FOUND", "no such endpoint");
        }
        return { ticket, expirationTime: new Date(1e12) };
      },
      doAction: ({ type }) => [{ body: new TextEncoder().encode(type) }],
      listActions: () => [
        PREDEFINED_ACTIONS.cancelFlightInfo,
        PREDEFINED_ACTIONS.renewFlightEndpoint,
      ],
    });
    const { client } = peer;
    const info: FlightInfo = {
      endpoints: [],
      ordered: false,
      appMetadata: Uint8Array.of(1),
    };
    assertEquals(await client.cancelFlightInfo(info), { status: "CANCELLING" });
    const ticket = { ticket: Uint8Array.of(7) };
    assertEquals(await client.renewFlightEndpoint({ ticket, locations: [] }), {
      ticket,
      locations: [],
      expirationTime: new Date(1e12),
    });
    await assertFlightError(
      client.renewFlightEndpoint({ ticket, locations: [REUSE_CONNECTION] }),
      "NOT_FOUND",
      "[not found] DoAction: no such endpoint",
    );
    const other = await Array.fromAsync(client.doAction("other"));
    assertEquals(other[0]!.text(), "other");
    const malformed = { type: "CancelFlightInfo", body: Uint8Array.of(0xff) };
    await assertFlightError(
      Array.fromAsync(client.doAction(malformed)),
      "INVALID_ARGUMENT",
    );
  },
);

for (const [method, { handler, call }] of Object.entries(UNARY)) {
  // deno-lint-ignore no-explicit-any
  const serve = (answer: (...args: any[]) => any): FlightService => ({
    [handler]: answer,
  });

  rpcTest(
    `${method} that is not implemented, or finds nothing`,
    async (connectTo) => {
      await using without = await connectTo({});
      await assertFlightError(
        call(without.client),
        "UNIMPLEMENTED",
        `[unimplemented] ${method}: the service does not implement ${method}`,
      );
      await using nothing = await connectTo(serve(() => undefined));
      await assertFlightError(
        call(nothing.client),
        "NOT_FOUND",
        `[not found] ${method}: no such flight`,
      );
    },
  );

  rpcTest(`${method}: every error code crosses the wire`, async (connectTo) => {
    let code: FlightErrorCode = "UNKNOWN";
    await using peer = await connectTo(serve(() => {
      throw new FlightError(code, "naïve – 日本", {
        extraInfo: Uint8Array.of(0, 9),
      });
    }));
    for (code of Object.keys(FLIGHT_ERROR_CODES) as FlightErrorCode[]) {
      const error = await assertFlightError(call(peer.client), code);
      assertEquals(
        [error.details, error.method, error.origin, error.extraInfo],
        ["naïve – 日本", method, "remote", Uint8Array.of(0, 9)],
      );
    }
    assertEquals(peer.errors, []);
  });

  rpcTest(
    `${method}: an exception, and an answer of the wrong type, stay in the server`,
    async (connectTo) => {
      const secret = new Error("secret");
      await using peer = await connectTo(serve(() => {
        throw secret;
      }));
      await assertFlightError(call(peer.client), "UNKNOWN", /failed to handle/);
      assertStrictEquals(peer.errors[0], secret);
      await using wrong = await connectTo(
        serve(() => ({ schema: 1, info: { schema: 1 } })),
      );
      await assertFlightError(
        call(wrong.client),
        "INTERNAL",
        /: the answer of the service cannot be sent$/,
      );
      assertEquals(wrong.errors.length, 1);
    },
  );

  rpcTest(
    `${method}: signal and deadline end both sides`,
    async (connectTo) => {
      let ended = event<unknown>();
      const started = event();
      await using peer = await connectTo(
        serve(async (_descriptor, { signal }) => {
          started.resolve();
          ended.resolve(await aborted(signal));
        }),
      );
      assertEquals(
        await rejection(call(peer.client, { signal: AbortSignal.abort("no") })),
        "no",
      );
      const controller = new AbortController();
      const pending = rejection(
        call(peer.client, { signal: controller.signal }),
      );
      await started.promise;
      controller.abort("later");
      assertEquals(await pending, "later");
      assert(FlightError.is(await ended.promise));
      ended = event();
      await assertFlightError(
        call(peer.client, { timeoutMs: 1000 }),
        "DEADLINE_EXCEEDED",
      );
      assert(FlightError.is(await ended.promise));
    },
  );

  rpcTest(
    `${method}: wrong arguments are the caller's mistakes`,
    async (connectTo) => {
      await using peer = await connectTo({});
      for (const timeoutMs of [0, -1, NaN]) {
        const error = await rejection(
          Promise.resolve().then(() => call(peer.client, { timeoutMs })),
        );
        assert(error instanceof RangeError, `${timeoutMs}: ${error}`);
      }
      for (
        const headers of [{ "bad name": "x" }, { name: "line\nbreak" }, {
          "x-bin": "text",
        }] as Record<string, string>[]
      ) {
        const error = await rejection(
          Promise.resolve().then(() => call(peer.client, { headers })),
        );
        assert(
          error instanceof TypeError,
          `${JSON.stringify(headers)}: ${error}`,
        );
      }
    },
  );
}

rpcTest(
  "a descriptor of the wrong type is the caller's mistake",
  async (connectTo) => {
    await using peer = await connectTo({});
    for (
      const wrong of [undefined, null, 5, { type: "PATH" }, {
        type: "CMD",
        cmd: "x",
      }] as never[]
    ) {
      assert(
        await rejection(peer.client.getFlightInfo(wrong)) instanceof TypeError,
      );
    }
  },
);

rpcTest(
  "headers of the client and of the call are joined",
  async (connectTo) => {
    const seen: unknown[] = [];
    await using peer = await connectTo({
      getFlightInfo(_descriptor, { headers, peer }) {
        // HTTP/2 lets a peer join values of one name (RFC 9110, section 5.3).
        seen.push(headers.getAll("x-many").join(", "), peer.length > 0);
        return {};
      },
    });
    await peer.client.getFlightInfo(DESCRIPTOR, {
      headers: [["X-Many", "a"], ["x-many", "b"]],
    });
    assertEquals(seen, ["a, b", true]);
  },
);
