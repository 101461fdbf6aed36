/** The schema of a FlightInfo: decoded when it is asked for, sent on as it came. */

import { inspect } from "node:util";
import {
  assert,
  assertEquals,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { Field, Schema, Utf8 } from "apache-arrow";
import {
  encodeSchema,
  FlightError,
  type FlightInfo,
  type FlightInfoInit,
  type FlightService,
} from "@contrail/flight";
import { flightInfoCodec } from "../../internal/protocol/flight_info.ts";
import { assertFlightError } from "../support/rejections.ts";
import { NUMBERS } from "../support/numbers.ts";
import { callTest as rpcTest } from "../support/transports.ts";

/** A whole IPC stream, as Go sends it: more than what this package would write. */
const FROM_GO = Uint8Array.of(
  ...encodeSchema(NUMBERS),
  ...[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
);
const MALFORMED = Uint8Array.of(1, 2, 3);

/** A service with one info. */
function serviceOf(info: FlightInfoInit): FlightService {
  return {
    listFlights: () => [info],
    getFlightInfo: () => info,
    pollFlightInfo: () => ({ info }),
  };
}

rpcTest("a FlightInfo has a Schema, and its bytes", async (connectTo) => {
  const bytes = encodeSchema(NUMBERS);
  for (
    const init of [
      { schema: NUMBERS },
      { schema: bytes },
      { schemaBytes: bytes },
      { schema: NUMBERS, schemaBytes: MALFORMED },
    ]
  ) {
    await using peer = await connectTo(serviceOf(init));
    const { client } = peer;
    const infos = [
      await client.getFlightInfo("a"),
      (await client.pollFlightInfo("a")).info!,
      ...await Array.fromAsync(client.listFlights()),
    ];
    assertEquals(infos.length, 3);
    for (const info of infos) {
      assert(info.schema instanceof Schema);
      assertEquals(info.schema.names, ["n"]);
      assertStrictEquals(info.schema, info.schema);
      assertEquals(info.schemaBytes, bytes);
    }
  }
});

rpcTest("a FlightInfo without a schema has neither", async (connectTo) => {
  await using peer = await connectTo(serviceOf({}));
  const info = await peer.client.getFlightInfo("a");
  assertEquals([info.schema, info.schemaBytes], [undefined, undefined]);
  assert(!("schemaBytes" in info));
  const { info: polled } = await peer.client.pollFlightInfo("a");
  assertEquals(polled!.schema, undefined);
});

rpcTest(
  "a malformed schema of a FlightInfo fails when it is asked for, and not before",
  async (connectTo) => {
    await using peer = await connectTo(
      serviceOf({ schemaBytes: MALFORMED, totalRecords: 1 }),
    );
    const { client } = peer;
    const infos = [
      await client.getFlightInfo("a"),
      (await client.pollFlightInfo("a")).info!,
      ...await Array.fromAsync(client.listFlights()),
    ];
    for (const info of infos) {
      for (let i = 0; i < 2; i++) {
        const error = assertThrows(
          () => info.schema,
          FlightError,
          "the schema of the FlightInfo cannot be used: Cannot decode Schema",
        );
        assertEquals([error.code, error.origin], ["INTERNAL", "remote"]);
      }
      assert(inspect(info).includes("schemaBytes"));
      const text = JSON.stringify(
        info,
        (_, value) => typeof value === "bigint" ? String(value) : value,
      );
      assert(text.includes("schemaBytes"));
      const copy = { ...info };
      assertEquals(copy.schemaBytes, MALFORMED);
      assertEquals(Object.keys(copy).includes("schema"), false);
      assertEquals(structuredClone(info).schemaBytes, MALFORMED);
    }
    assertEquals(peer.errors, []);
  },
);

rpcTest(
  "a FlightInfo that is sent on is sent as it came",
  async (connectTo) => {
    for (const schemaBytes of [FROM_GO, MALFORMED]) {
      await using origin = await connectTo(serviceOf({ schemaBytes }));
      const expected = flightInfoCodec.encode({ schemaBytes });
      const forms: ((info: FlightInfo) => FlightInfoInit)[] = [
        (info) => info,
        (info) => ({ ...info }),
        (info) => {
          // Also after the schema was looked at.
          if (schemaBytes === FROM_GO) assertEquals(info.schema!.names, ["n"]);
          return info;
        },
        (info) => Object.freeze(info),
      ];
      for (const form of forms) {
        const ask = () => origin.client.getFlightInfo("a");
        await using proxy = await connectTo({
          getFlightInfo: async () => form(await ask()),
          listFlights: async () => [form(await ask())],
          pollFlightInfo: async () => ({ info: form(await ask()) }),
        });
        const { client } = proxy;
        for (
          const info of [
            await client.getFlightInfo("a"),
            (await client.pollFlightInfo("a")).info!,
            ...await Array.fromAsync(client.listFlights()),
          ]
        ) {
          assertEquals(info.schemaBytes, schemaBytes);
          assertEquals(flightInfoCodec.encode(info), expected);
        }
        assertEquals(proxy.errors, []);
      }
    }
  },
);

rpcTest(
  "a copy of a FlightInfo may get another schema",
  async (connectTo) => {
    const other = new Schema([new Field("text", new Utf8())]);
    await using origin = await connectTo(serviceOf({ schema: NUMBERS }));
    await using proxy = await connectTo({
      getFlightInfo: async () => ({
        ...await origin.client.getFlightInfo("a"),
        schema: other,
      }),
    });
    const info = await proxy.client.getFlightInfo("a");
    assertEquals(info.schema!.names, ["text"]);
  },
);

rpcTest("a schema that is none names the field", async (connectTo) => {
  for (const schema of [1, {}, null, "n"]) {
    await using peer = await connectTo(serviceOf({ schema: schema as never }));
    for (
      const call of [
        () => peer.client.getFlightInfo("a"),
        () => peer.client.pollFlightInfo("a"),
        () => Array.fromAsync(peer.client.listFlights()),
      ]
    ) await assertFlightError(call(), "INTERNAL");
    for (const error of peer.errors) {
      assert(
        /FlightInfo\.schema must be a Schema or a Uint8Array, not/.test(
          inspect(error),
        ),
        inspect(error),
      );
    }
    assertEquals(peer.errors.length, 3);
  }
});

rpcTest(
  "cancelFlightInfo() sends the schema on, and gives it to the service",
  async (connectTo) => {
    const seen: (readonly [readonly unknown[], Uint8Array | undefined])[] = [];
    await using peer = await connectTo({
      ...serviceOf({ schemaBytes: FROM_GO }),
      cancelFlightInfo(info) {
        seen.push([info.schema?.names ?? [], info.schemaBytes]);
        return "CANCELLED";
      },
    });
    const { client } = peer;
    const info = await client.getFlightInfo("a");
    await client.cancelFlightInfo(info);
    await client.cancelFlightInfo({ ...info });
    await client.cancelFlightInfo({
      endpoints: [],
      ordered: false,
      schema: NUMBERS,
    });
    await client.cancelFlightInfo({ endpoints: [], ordered: false });
    assertEquals(seen, [
      [["n"], FROM_GO],
      [["n"], FROM_GO],
      [["n"], encodeSchema(NUMBERS)],
      [[], undefined],
    ]);
    await assertFlightError(
      client.cancelFlightInfo({
        endpoints: [],
        ordered: false,
        schemaBytes: MALFORMED,
      }),
      "INVALID_ARGUMENT",
      /the schema of the FlightInfo cannot be used/,
    );
  },
);

rpcTest("read() knows the schema of any form of an info", async (connectTo) => {
  await using peer = await connectTo(serviceOf({ schema: NUMBERS }));
  const { client } = peer;
  const info = await client.getFlightInfo("a");
  const byHand = { endpoints: [], ordered: false };
  for (
    const source of [
      info,
      { ...info },
      { ...byHand, schema: NUMBERS },
      { ...byHand, schemaBytes: encodeSchema(NUMBERS) },
    ]
  ) {
    const { fields } = await client.read(source).schema;
    assertEquals([fields.length, fields[0]!.name], [1, "n"]);
    assertEquals(String(fields[0]!.type), "Int32");
  }
});
