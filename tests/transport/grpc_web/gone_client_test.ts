import { connect as connectSocket } from "node:net";
import { test } from "node:test";
import * as v8 from "node:v8";
import * as vm from "node:vm";
import { assertRejects } from "@std/assert";
import { flightHandler } from "../../../handler.ts";
import { deferred } from "../../../internal/base/deferred.ts";
import { type FlightService, serve } from "../../../server.ts";
import { connectWeb } from "../../../web.ts";
import { serveFetch } from "../../support/serve_fetch.ts";

/** More than a server reads along with the head of a request: then it reads the body by itself. */
const BODY_BYTES = 4000;

const IS_NODE = !("Deno" in globalThis || "Bun" in globalThis);

/** Skips a test where no server of the runtime takes handlers. */
const skip = IS_NODE && "Node.js has no server for a handler";

/** A service that waits for the end of a call, and sends its headers before that if it is told to. */
function waitingService(sendsHeaders: boolean) {
  const begun = deferred<void>();
  const ended = deferred<void>();
  const service: FlightService = {
    async *doAction(_action, call) {
      if (sendsHeaders) call.sendHeaders();
      begun.resolve();
      if (!call.signal.aborted) {
        await new Promise((resolve) =>
          call.signal.addEventListener("abort", resolve)
        );
      }
      ended.resolve();
      yield* [];
    },
  };
  return { service, begun: begun.promise, ended: ended.promise };
}

/** Begins a call by HTTP/1.1, and closes its connection once the service waits. */
async function leave(
  port: number,
  { begun, ended }: ReturnType<typeof waitingService>,
): Promise<void> {
  // The field "type" of an Action.
  const body = new Uint8Array(5 + 3 + BODY_BYTES).fill(0x61);
  const view = new DataView(body.buffer);
  view.setUint8(0, 0);
  view.setUint32(1, 3 + BODY_BYTES);
  body.set([0x0a, 0x80 | BODY_BYTES & 0x7f, BODY_BYTES >> 7], 5);
  const socket = connectSocket(port, "127.0.0.1");
  socket.on("error", () => {});
  socket.write(
    "POST /arrow.flight.protocol.FlightService/DoAction HTTP/1.1\r\n" +
      "host: 127.0.0.1\r\ncontent-type: application/grpc-web+proto\r\n" +
      `content-length: ${body.length}\r\n\r\n`,
  );
  socket.write(body);
  await begun;
  socket.destroy();
  await ended;
}

// Deno.serve would not notice it before: docs/browsers.md.
test(
  "flightHandler: a client that leaves after the headers of the answer ends its call",
  {
    skip,
  },
  async () => {
    const call = waitingService(true);
    await using server = await serveFetch(flightHandler(call.service));
    await leave(Number(new URL(server.url).port), call);
  },
);

test("serve with web: a client that leaves before the answer ends its call", async () => {
  const call = waitingService(false);
  await using server = await serve(call.service, { web: true });
  await leave(server.port, call);
});

// On Node.js the signal that a Request follows does not refer to it.
test(
  "flightHandler: a client in the same process ends a call after a collection",
  { skip: !IS_NODE && "V8 is told to collect by functions of Node.js" },
  async () => {
    v8.setFlagsFromString("--expose-gc");
    const collect = vm.runInNewContext("gc") as () => void;
    const call = waitingService(false);
    const client = connectWeb("http://127.0.0.1:8815", {
      fetch: flightHandler(call.service),
    });
    const canceling = new AbortController();
    const results = Array.fromAsync(
      client.doAction("wait", { signal: canceling.signal }),
    );
    await call.begun;
    await new Promise((resolve) => setTimeout(resolve));
    collect();
    canceling.abort();
    await assertRejects(() => results, DOMException);
    await call.ended;
  },
);
