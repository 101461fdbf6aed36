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
  return {
    fetch: (request) => fetchOver(session, request),
    [Symbol.asyncDispose]() {
      session.destroy();
      return Promise.resolve();
    },
  };
}

async function fetchOver(
  session: http2.ClientHttp2Session,
  request: Request,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const body = new Uint8Array(await request.arrayBuffer());
  const stream = session.request({
    ...Object.fromEntries(request.headers),
    ":method": request.method,
    ":path": pathname,
  });
  const cancel = () => stream.close(http2.constants.NGHTTP2_CANCEL);
  request.signal.addEventListener("abort", cancel);
  return await new Promise((resolve, reject) => {
    stream.on("error", reject);
    stream.on("close", () => reject(new TypeError("the stream was closed")));
    stream.on("response", (list: http2.IncomingHttpHeaders) => {
      const headers = new Headers();
      for (const [name, value] of Object.entries(list)) {
        if (!name.startsWith(":")) headers.set(name, String(value));
      }
      let isOver = false;
      const incoming = new ReadableStream<Uint8Array>({
        start(controller) {
          const end = (act: () => void) => {
            const wasOver = isOver;
            isOver = true;
            if (!wasOver) act();
          };
          stream.on("data", (chunk: Uint8Array) => {
            if (!isOver) controller.enqueue(new Uint8Array(chunk));
          });
          stream.on("end", () => end(() => controller.close()));
          stream.on("error", (error) => end(() => controller.error(error)));
          stream.on(
            "close",
            () =>
              end(() => controller.error(new TypeError("the stream was cut"))),
          );
        },
        cancel() {
          isOver = true;
          cancel();
        },
      });
      resolve(
        new Response(incoming, { status: Number(list[":status"]), headers }),
      );
    });
    stream.end(body);
  });
}
