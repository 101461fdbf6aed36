/**
 * ListFlights, GetFlightInfo, GetSchema and the actions.
 *
 * @module
 */
import {
  commandDescriptor,
  type FlightInfo,
  pathDescriptor,
} from "../../../../mod.ts";
import { assert, assertEquals } from "@std/assert";
import type { DataFiles } from "../data_files.ts";
import { schemaText } from "../value_text.ts";
import {
  act,
  bytes,
  type Cases,
  collect,
  event,
  remoteError,
  text,
} from "./case.ts";

/** The cases. */
export const DESCRIPTION_CASES: Cases = {
  "list flights": async ({ client, files }) => {
    const infos = await collect(client.listFlights());
    assertEquals(infos.length, 4);
    checkInfo(infos[2]!, ["list", "beta two"], files);
  },
  "list flights by criteria": async ({ client }) => {
    const infos = await collect(
      client.listFlights({ expression: bytes("beta") }),
    );
    assertEquals(infos.map(({ descriptor }) => descriptor), [
      pathDescriptor("list", "beta"),
      pathDescriptor("list", "beta two"),
    ]);
    const none = client.listFlights({ expression: bytes("nothing") });
    assertEquals(await collect(none), []);
  },
  "list flights left early": async ({ client }) => {
    for await (const info of client.listFlights()) {
      assert(info.ordered);
      break;
    }
    assertEquals(await act(client, "echo", "still there"), "still there");
  },
  "list flights failure": async ({ client }) => {
    await remoteError(
      collect(client.listFlights({ expression: bytes("fail") })),
      "UNAVAILABLE",
      "the list ends here",
    );
  },
  "flight info": async ({ client, files }) => {
    const info = await client.getFlightInfo(pathDescriptor("a", "ü", ""));
    checkInfo(info, ["a", "ü", ""], files);
  },
  "flight info minimal": async ({ client }) => {
    const descriptor = commandDescriptor("minimal");
    const info = await client.getFlightInfo(descriptor);
    assertEquals(info, {
      descriptor,
      endpoints: [],
      ordered: false,
    });
  },
  "flight info not found": async ({ client }) => {
    await remoteError(
      client.getFlightInfo(commandDescriptor("unknown")),
      "NOT_FOUND",
    );
  },
  "get schema": async ({ client, files }) => {
    for (const name of files.index().datasets) {
      const schema = await client.getSchema(pathDescriptor("data", name));
      assertEquals(schemaText(schema), files.expected(name).schema);
    }
  },
  "get schema not found": async ({ client }) => {
    await remoteError(
      client.getSchema(pathDescriptor("nothing")),
      "NOT_FOUND",
    );
  },
  "list actions": async ({ client }) => {
    assertEquals(await collect(client.listActions()), [
      { type: "echo", description: "Gives the body back." },
      { type: "many", description: "Ünïcode" },
    ]);
  },
  "action": async ({ client }) => {
    const body = Uint8Array.from({ length: 100_000 }, (_, index) => index);
    const [result] = await collect(client.doAction({ type: "echo", body }));
    assertEquals(result!.body, body);
    assertEquals(await act(client, "echo"), "");
  },
  "action without results": async ({ client }) => {
    assertEquals(await collect(client.doAction("none")), []);
  },
  "action with many results": async ({ client }) => {
    const results = await collect(
      client.doAction({ type: "many", body: bytes("5000") }),
    );
    assertEquals(results.length, 5000);
    assertEquals(text(results[4999]!.body), "4999");
  },
  "action left early": async ({ client, id }) => {
    const stream = client.doAction({ type: "endless", body: bytes(id) });
    for await (const { body } of stream) {
      assertEquals(body.length, 1000);
      break;
    }
    assertEquals(await event(client, id), "stopped");
  },
  "action unknown": async ({ client }) => {
    await remoteError(act(client, "fly"), "UNIMPLEMENTED");
  },
};

function checkInfo(
  info: FlightInfo,
  path: readonly string[],
  files: DataFiles,
): void {
  const { schemaBytes: _, ...rest } = { ...info };
  assertEquals(
    schemaText(info.schema!),
    files.expected("metadata").schema,
  );
  assertEquals<unknown>(rest, {
    descriptor: { type: "PATH", path },
    endpoints: [
      {
        ticket: { ticket: Uint8Array.of(0, ...bytes("ticket"), 255) },
        locations: [
          { uri: "grpc://127.0.0.1:1" },
          { uri: "grpc+tls://example.com:2" },
        ],
        expirationTime: new Date(1_700_000_000_123),
        appMetadata: bytes("\u0001endpoint"),
      },
      {
        ticket: { ticket: bytes("second") },
        locations: [{ uri: "arrow-flight-reuse-connection://?" }],
      },
    ],
    totalRecords: 12n,
    totalBytes: 2n ** 53n + 1n,
    ordered: true,
    appMetadata: bytes("\u0002info"),
  });
}
