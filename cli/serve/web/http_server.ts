/** The HTTP server of the runtime. */

import { readFile } from "node:fs/promises";

/** Answers requests; the second argument is the runtime's. */
type Answer = (request: Request, info: unknown) => Promise<Response>;

/** Certificate and private key of a server, as files. */
export interface TlsFiles {
  readonly certificate: string;
  readonly privateKey: string;
}

/** Options of {@linkcode listenHttp}. */
interface HttpOptions {
  readonly hostname: string;
  /** The port; 0 picks a free one. */
  readonly port: number;
  /** `undefined` for plain text. */
  readonly tls: TlsFiles | undefined;
}

/** A server that listens. */
export interface HttpServer {
  readonly port: number;
  /** Ends all connections. */
  close(): Promise<void>;
}

/** The part of Bun that is used. */
interface BunRuntime {
  serve(options: {
    readonly hostname: string;
    readonly port: number;
    readonly fetch: Answer;
    readonly maxRequestBodySize: number;
    readonly tls?: { readonly cert: string; readonly key: string };
  }): { readonly port: number; stop(force: boolean): Promise<void> };
}

/** Uploads are limited by message, not as a whole. */
const MAX_BODY_BYTES = Number.MAX_SAFE_INTEGER;

/**
 * Listens by `Deno.serve` or `Bun.serve`.
 *
 * @param answer What answers.
 * @param options The address.
 * @throws {Error} When the address cannot be used.
 */
export async function listenHttp(
  answer: Answer,
  { hostname, port, tls }: HttpOptions,
): Promise<HttpServer> {
  const pair = tls && {
    cert: await readFile(tls.certificate, "utf8"),
    key: await readFile(tls.privateKey, "utf8"),
  };
  const { Bun } = globalThis as { Bun?: BunRuntime };
  if (Bun !== undefined) {
    const server = Bun.serve({
      hostname,
      port,
      fetch: answer,
      maxRequestBodySize: MAX_BODY_BYTES,
      ...(pair && { tls: pair }),
    });
    return { port: server.port, close: () => server.stop(true) };
  }
  const closing = new AbortController();
  const server = Deno.serve({
    hostname,
    port,
    signal: closing.signal,
    onListen: () => {},
    ...(pair ?? {}),
  }, answer);
  return {
    port: server.addr.port,
    async close() {
      closing.abort();
      await server.finished;
    },
  };
}
