/** Serves a function from a Request to a Response by the runtime's own server. */

import { serveOnNode } from "./serve_on_node.ts";

/** Such a function, with the second argument of the runtime. */
export interface FetchHandler {
  (request: Request, info?: unknown): Promise<Response>;
  /** Handlers of Bun's server for WebSockets. */
  readonly websocket?: unknown;
}

/** A server that listens. */
export interface FetchServer extends AsyncDisposable {
  /** Its base URL. */
  readonly url: string;
}

/** The part of Bun that is used. */
interface BunRuntime {
  serve(options: {
    readonly hostname: string;
    readonly port: number;
    readonly fetch: FetchHandler;
    readonly maxRequestBodySize: number;
    readonly websocket?: unknown;
  }): { readonly port: number; stop(force: boolean): Promise<void> };
}

/** Listens on a free port of this machine. */
export function serveFetch(handler: FetchHandler): Promise<FetchServer> {
  const { Bun } = globalThis as { Bun?: BunRuntime };
  if (Bun !== undefined) {
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: handler,
      maxRequestBodySize: 2 ** 40,
      ...handler.websocket === undefined
        ? {}
        : { websocket: handler.websocket },
    });
    return Promise.resolve({
      url: `http://127.0.0.1:${server.port}`,
      [Symbol.asyncDispose]: () => server.stop(true),
    });
  }
  if (!("Deno" in globalThis)) return serveOnNode(handler);
  const closing = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: closing.signal,
    onListen: () => {},
  }, handler);
  return Promise.resolve({
    url: `http://127.0.0.1:${server.addr.port}`,
    async [Symbol.asyncDispose]() {
      closing.abort();
      await server.finished;
    },
  });
}
