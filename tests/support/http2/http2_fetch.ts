/** The function `fetch` over HTTP/2, in plain text too, as no runtime's own has it everywhere. */

import * as http2 from "node:http2";

/** Such a function, and its connection. */
export interface Http2Fetch extends AsyncDisposable {
  readonly fetch: (request: Request) => Promise<Response>;
}

/**
 * Connects to a server.
 *
 * @param origin Its scheme, host and port.
 * @param ca The certificate that has signed the server's.
 */
export function http2Fetch(origin: string, ca?: Uint8Array): Http2Fetch {
  const session = http2.connect(
    origin,
    ca ? { ca: new TextDecoder().decode(ca) } : {},
  );
  session.on("error", () => {});
  // Bun does not apply settings to the windows of streams that were open before (RFC 9113, 6.9.2).
  const ready = new Promise((resolve) => {
    session.once("remoteSettings", resolve);
    session.once("close", resolve);
  });
  return {
    fetch: async (request) => {
      await ready;
      return await fetchOver(session, request);
    },
    [Symbol.asyncDispose]() {
      session.destroy();
      return Promise.resolve();
    },
  };
}

function fetchOver(
  session: http2.ClientHttp2Session,
  request: Request,
): Promise<Response> {
  const stream = session.request({
    ...Object.fromEntries(request.headers),
    ":method": request.method,
    ":path": new URL(request.url).pathname,
  });
  const cancel = () => stream.close(http2.constants.NGHTTP2_CANCEL);
  request.signal.addEventListener("abort", cancel);
  send(stream, request).catch(cancel);
  return new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("close", () => reject(new TypeError("the stream was closed")));
    stream.on("response", (list: http2.IncomingHttpHeaders) => {
      const headers = new Headers();
      for (const [name, value] of Object.entries(list)) {
        if (!name.startsWith(":")) headers.set(name, String(value));
      }
      const body = incoming(stream, cancel);
      resolve(new Response(body, { status: Number(list[":status"]), headers }));
    });
  });
}

/** Sends a body, each chunk when the one before has left. */
async function send(
  stream: http2.ClientHttp2Stream,
  { body }: Request,
): Promise<void> {
  for await (const chunk of body ?? []) {
    await new Promise<void>((resolve, reject) =>
      stream.write(chunk, (error) => error ? reject(error) : resolve())
    );
  }
  stream.end();
}

/** Receives a body as far as it is read. */
function incoming(
  stream: http2.ClientHttp2Stream,
  cancel: () => void,
): ReadableStream<Uint8Array> {
  let isOver = false;
  return new ReadableStream<Uint8Array>({
    start(controller) {
      const end = (act: () => void) => {
        const wasOver = isOver;
        isOver = true;
        if (!wasOver) act();
      };
      stream.on("data", (chunk: Uint8Array) => {
        if (isOver) return;
        controller.enqueue(new Uint8Array(chunk));
        if ((controller.desiredSize ?? 0) <= 0) stream.pause();
      });
      stream.on("end", () => end(() => controller.close()));
      stream.on("error", (error) => end(() => controller.error(error)));
      stream.on(
        "close",
        () => end(() => controller.error(new TypeError("the stream was cut"))),
      );
    },
    pull() {
      stream.resume();
    },
    cancel() {
      isOver = true;
      cancel();
    },
  });
}
