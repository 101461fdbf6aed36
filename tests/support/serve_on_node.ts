/** Serves a function from a Request to a Response by `node:http`: Node.js has no such server. */

import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { FetchHandler, FetchServer } from "./serve_fetch.ts";

/** Listens on a free port of this machine. */
export async function serveOnNode(handler: FetchHandler): Promise<FetchServer> {
  const server = createServer((incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) =>
    server.listen(
      // Tests open a thousand connections at once.
      { port: 0, host: "127.0.0.1", backlog: 4096 },
      () => resolve(),
    )
  );
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) =>
        server.close(() => resolve())
      );
      server.closeAllConnections();
      return closed;
    },
  };
}

async function answer(
  handler: FetchHandler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) gone.abort();
  });
  const response = await handler(requestOf(incoming, gone.signal), {
    remoteAddr: {
      hostname: incoming.socket.remoteAddress,
      port: incoming.socket.remotePort,
    },
  });
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  outgoing.flushHeaders();
  const reader = response.body?.getReader();
  if (reader) await send(reader, outgoing, gone.signal);
  // A request that is answered before its end ends with its answer.
  outgoing.end(() => {
    if (!incoming.complete) incoming.destroy();
  });
}

function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = "GET", url, headers } = incoming;
  const hasBody = method !== "GET" && method !== "HEAD";
  return new Request(`http://${headers.host}${url}`, {
    method,
    headers: headers as Record<string, string>,
    signal,
    ...(hasBody ? { body: bodyOf(incoming), duplex: "half" } : {}),
  } as RequestInit);
}

/** The body of a request, read as far as it is pulled. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  const chunks = incoming[Symbol.asyncIterator]();
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await chunks.next();
      if (done) controller.close();
      else controller.enqueue(new Uint8Array(value));
    },
    async cancel() {
      await chunks.return?.();
    },
  }, { highWaterMark: 0 });
}

/** Sends a body as far as it is received, and cancels it when the client goes away. */
async function send(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  outgoing: ServerResponse,
  gone: AbortSignal,
): Promise<void> {
  const cancel = () => void reader.cancel(gone.reason).catch(() => {});
  gone.addEventListener("abort", cancel);
  if (gone.aborted) return cancel();
  let wake = (): void => {};
  outgoing.on("drain", () => wake()).on("close", () => wake());
  while (true) {
    const { done, value } = await reader.read();
    if (done || outgoing.destroyed) return;
    if (outgoing.write(value)) continue;
    await new Promise<void>((resolve) => wake = resolve);
  }
}
