import * as http2 from "node:http2";
import { test } from "node:test";
import { assert, assertEquals } from "@std/assert";
import { grpcJsClientTransport } from "../../internal/transport/grpc_js/client.ts";
import { grpcJsServerTransport } from "../../internal/transport/grpc_js/server.ts";
import { testTransport } from "./every_transport.ts";
import { tested } from "../support/transport/tested_transport.ts";

const GRPC_JS = tested({
  name: "grpc-js",
  clientTransport: (address, options) =>
    grpcJsClientTransport(address, options),
  serverTransport: (handler, options) =>
    grpcJsServerTransport(handler, options),
});

testTransport(GRPC_JS);

test("on Deno, sessions are not destroyed within a frame's callback (grpc-js)", async () => {
  await using t = await GRPC_JS.pair(() => {
    throw new Error("no call is made");
  });
  const session = http2.connect(`http://127.0.0.1:${t.server.port}`);
  const closed = new Promise((resolve) => session.once("close", resolve));
  session.destroy();
  // See deno_sessions.ts: else the process may die of a GOAWAY.
  assertEquals(session.destroyed, !("Deno" in globalThis));
  await closed;
  assert(session.destroyed);
});
