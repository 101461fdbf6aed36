/** Forms in which clients send Flight SQL (R11, R19), and what is not Flight SQL. */

import { assertEquals, assertRejects } from "@std/assert";
import {
  type FlightClient,
  type FlightDescriptor,
  FlightError,
} from "@contrail/flight";
import { flightSqlService } from "@contrail/flight/sql/server";
import { Schema } from "apache-arrow";
import { EMPTY_BYTES } from "../../internal/base/bytes.ts";
import { encodeSchema } from "../../internal/ipc/encode_schema.ts";
import { any, packAny } from "../../internal/sql/messages/any.ts";
import { commandGetCatalogs } from "../../internal/sql/messages/metadata_commands.ts";
import {
  commandPreparedStatementUpdate,
  commandStatementQuery,
  commandStatementUpdate,
} from "../../internal/sql/messages/statement_commands.ts";
import { encodeFlightData } from "../../internal/protocol/flight_data.ts";
import { putResultCodec } from "../../internal/protocol/put_result.ts";
import { rpcTest } from "../support/transports.ts";
import { FakeHandlers, NUMBERS } from "./fake_handlers.ts";
import * as sql from "./sql_calls.ts";

const DO_PUT = "arrow.flight.protocol.FlightService/DoPut";
const NO_FIELDS = new Schema([]);

/** A message of an upload. */
function message(
  parts: { descriptor?: FlightDescriptor; dataHeader?: Uint8Array },
): Uint8Array {
  const { chunks, byteLength } = encodeFlightData({
    dataHeader: EMPTY_BYTES,
    body: [],
    ...parts,
  });
  const bytes = new Uint8Array(byteLength);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** The flatbuffer of a schema without fields, as C++ and Java send it. */
function emptySchemaHeader(): Uint8Array {
  // An encapsulated message has a marker and a length before it.
  return encodeSchema(NO_FIELDS).subarray(8);
}

/** The first answer to an upload that does not end. */
async function firstAnswer(
  client: FlightClient,
  messages: readonly Uint8Array[],
): Promise<bigint> {
  const requests = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const one of messages) controller.enqueue(one);
      // It is not closed: the client waits for the answer.
    },
  });
  const answers = client.call(DO_PUT, requests).getReader();
  const { value } = await answers.read();
  await answers.cancel();
  return sql.countOf([putResultCodec.decode(value!).appMetadata!]);
}

rpcTest(
  "R11: updates are answered before the upload has ended",
  async (join) => {
    const handlers = new FakeHandlers();
    await using joined = await join(flightSqlService(handlers));
    const { client } = joined;
    const descriptor = {
      type: "CMD",
      cmd: packAny(commandStatementUpdate, { query: "INSERT" }),
    } as const;
    const dataHeader = emptySchemaHeader();
    const forms = {
      "Go, Rust: the descriptor only": [message({ descriptor })],
      "C++, Java: an empty schema too": [message({ descriptor, dataHeader })],
    };
    for (const [form, messages] of Object.entries(forms)) {
      assertEquals([form, await firstAnswer(client, messages)], [form, 1n]);
    }
    assertEquals(handlers.log, ["INSERT", "INSERT"]);
  },
);

rpcTest("R11: prepared updates are answered in each form", async (join) => {
  const handlers = new FakeHandlers();
  await using joined = await join(flightSqlService(handlers));
  const { client } = joined;
  const { preparedStatementHandle } = await sql.prepare(client, "INSERT");
  const descriptor = {
    type: "CMD",
    cmd: packAny(commandPreparedStatementUpdate, { preparedStatementHandle }),
  } as const;
  const dataHeader = emptySchemaHeader();
  const forms = {
    "Rust: the descriptor only": [message({ descriptor })],
    "C++: an empty schema too": [message({ descriptor, dataHeader })],
  };
  for (const [form, messages] of Object.entries(forms)) {
    const answers: bigint[] = [];
    for await (const bytes of client.call(DO_PUT, messages)) {
      answers.push(sql.countOf([putResultCodec.decode(bytes).appMetadata!]));
    }
    assertEquals([form, answers], [form, [1n]]);
  }
  assertEquals(handlers.log, ["INSERT", "INSERT"]);
});

rpcTest("what is no command of Flight SQL is told apart", async (join) => {
  await using joined = await join(flightSqlService(new FakeHandlers()));
  const { client } = joined;
  const unknown = any.encode({
    typeUrl: "type.googleapis.com/arrow.flight.protocol.sql.CommandGetMoon",
    value: EMPTY_BYTES,
  });
  const malformed = any.encode({
    typeUrl: "type.googleapis.com/" + commandStatementQuery.name,
    value: Uint8Array.of(0xff),
  });
  const garbage = Uint8Array.of(1, 2, 3);
  const put = (cmd: Uint8Array) => client.doPut({ cmd }).writeAll(NUMBERS);
  const cases: readonly [() => Promise<unknown>, string][] = [
    [() => client.getFlightInfo("path"), "INVALID_ARGUMENT"],
    [() => client.getFlightInfo({ cmd: garbage }), "INVALID_ARGUMENT"],
    [() => client.getFlightInfo({ cmd: unknown }), "INVALID_ARGUMENT"],
    [() => client.getFlightInfo({ cmd: malformed }), "INVALID_ARGUMENT"],
    [() => client.pollFlightInfo({ cmd: unknown }), "INVALID_ARGUMENT"],
    [() => client.getSchema({ cmd: garbage }), "INVALID_ARGUMENT"],
    [() => client.getSchema({ cmd: unknown }), "UNIMPLEMENTED"],
    [() => client.doGet(garbage).table(), "INVALID_ARGUMENT"],
    [() => client.doGet(unknown).table(), "INVALID_ARGUMENT"],
    [() => put(garbage), "INVALID_ARGUMENT"],
    [() => put(unknown), "UNIMPLEMENTED"],
    [() => put(packAny(commandGetCatalogs, {})), "UNIMPLEMENTED"],
    [
      () =>
        client.getFlightInfo({
          cmd: packAny(commandStatementUpdate, { query: "INSERT" }),
        }),
      "INVALID_ARGUMENT",
    ],
    [() => Array.fromAsync(client.doAction("Moon")), "UNIMPLEMENTED"],
    [
      () => Array.fromAsync(client.doAction("BeginTransaction")),
      "INVALID_ARGUMENT",
    ],
    [
      () =>
        Array.fromAsync(
          client.doAction({ type: "BeginTransaction", body: unknown }),
        ),
      "INVALID_ARGUMENT",
    ],
  ];
  for (const [index, [call, code]] of cases.entries()) {
    const error = await assertRejects(call, FlightError);
    assertEquals([index, error.code], [index, code]);
  }
});

rpcTest("the type URL may have any prefix", async (join) => {
  await using joined = await join(flightSqlService(new FakeHandlers()));
  const cmd = any.encode({
    typeUrl: "example.org/x/" + commandStatementQuery.name,
    value: commandStatementQuery.encode({ query: "SELECT n" }),
  });
  const info = await joined.client.getFlightInfo({ cmd });
  assertEquals((await sql.fetch(joined.client, info)).numRows, 3);
});

rpcTest("what is not Flight SQL goes to another service", async (join) => {
  const service = flightSqlService(new FakeHandlers(), {
    fallback: {
      getFlightInfo: () => ({ endpoints: [{ ticket: "plain" }] }),
      getSchema: () => NUMBERS.schema,
      doGet: () => NUMBERS,
      *listFlights() {
        yield { endpoints: [] };
      },
      doPut: async (upload) => {
        await upload.table();
        return [{ appMetadata: Uint8Array.of(7) }];
      },
      doAction: ({ type }) => [{ body: type }],
      listActions: () => [
        { type: "Moon", description: "" },
        { type: "CancelQuery", description: "" },
      ],
      cancelFlightInfo: () => "CANCELLING",
    },
  });
  await using joined = await join(service);
  const { client } = joined;
  const info = await client.getFlightInfo("plain");
  assertEquals((await sql.fetch(client, info)).numRows, 3);
  assertEquals((await client.getSchema("plain")).fields.length, 1);
  assertEquals((await Array.fromAsync(client.listFlights())).length, 1);
  const [result] = await client.doPut("plain").writeAll(NUMBERS);
  assertEquals(result!.appMetadata, Uint8Array.of(7));
  const [moon] = await Array.fromAsync(client.doAction("Moon"));
  assertEquals(moon!.text(), "Moon");
  assertEquals(await client.cancelFlightInfo(info), { status: "CANCELLING" });
  const types = (await Array.fromAsync(client.listActions()))
    .map(({ type }) => type);
  assertEquals(types.length, 14);
  assertEquals(types.at(-1), "Moon");
  assertEquals((await sql.query(client, "SELECT n")).numRows, 3);
});

rpcTest("all 13 actions are listed", async (join) => {
  await using joined = await join(flightSqlService({}));
  const types = (await Array.fromAsync(joined.client.listActions()))
    .map(({ type }) => type).sort();
  assertEquals(types, [
    "BeginSavepoint",
    "BeginTransaction",
    "CancelFlightInfo",
    "CancelQuery",
    "ClosePreparedStatement",
    "CloseSession",
    "CreatePreparedStatement",
    "CreatePreparedSubstraitPlan",
    "EndSavepoint",
    "EndTransaction",
    "GetSessionOptions",
    "RenewFlightEndpoint",
    "SetSessionOptions",
  ]);
});

rpcTest("an endpoint is renewed as it is", async (join) => {
  await using joined = await join(flightSqlService(new FakeHandlers()));
  const { client } = joined;
  const info = await sql.info(client, commandStatementQuery, {
    query: "SELECT n",
  });
  const [endpoint] = info.endpoints;
  assertEquals(
    (await client.renewFlightEndpoint(endpoint!)).ticket,
    endpoint!.ticket,
  );
  await sql.fetch(client, info);
  const error = await assertRejects(
    () => client.renewFlightEndpoint(endpoint!),
    FlightError,
  );
  assertEquals(error.code, "NOT_FOUND");
});
