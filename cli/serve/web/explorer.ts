/** The explorer: the page, and gRPC-Web for it, on a port of HTTP. */

import { isIP } from "node:net";
import process from "node:process";
import { flightHandler } from "@contrail/flight/handler";
import type { FlightInterceptor } from "@contrail/flight/middleware";
import type { FlightService } from "@contrail/flight/server";
import { builtPage } from "../../../explorer/build/build_page.ts";
import { UsageError } from "../../exit_code.ts";
import { type HttpServer, listenHttp, type TlsFiles } from "./http_server.ts";
import { readPage } from "./page_files.ts";

/** Options of {@linkcode serveExplorer}. */
export interface ExplorerOptions {
  readonly hostname: string;
  /** The port; 0 picks a free one. */
  readonly port: number;
  readonly tls: TlsFiles | undefined;
  readonly interceptors: readonly FlightInterceptor[];
}

/** An explorer that listens. */
export interface Explorer {
  /** Address of the page. */
  readonly url: string;
  /** Ends it, and all calls of pages. */
  close(): Promise<void>;
}

/**
 * Serves the page, and the calls that it makes. Pages of other origins may make none.
 *
 * @param service The service.
 * @param options The address, and what asks for users.
 * @throws {UsageError} When the page cannot be built, or the address cannot be used.
 */
export async function serveExplorer(
  service: FlightService,
  { hostname, port, tls, interceptors }: ExplorerOptions,
): Promise<Explorer> {
  const page = await readPage(
    await usable(builtPage({
      onBuild: () =>
        process.stderr.write(
          "flight: building the page of the explorer, once\n",
        ),
    })),
  );
  const call = flightHandler(service, { interceptors });
  const isLocal = isLoopback(hostname);
  const server: HttpServer = await usable(
    listenHttp(async (request, info) => {
      if (isLocal && !isLoopback(hostOf(request))) return refused();
      if (request.method === "GET" || request.method === "HEAD") {
        return await page(request) ?? notFound();
      }
      return await call(request, info);
    }, { hostname, port, tls }),
  );
  const scheme = tls === undefined ? "http" : "https";
  return {
    url: `${scheme}://${addressOf(hostname)}:${server.port}/`,
    close: () => server.close(),
  };
}

/** A name of another site that points to this machine would give its pages access to the data. */
function refused(): Response {
  return new Response(
    "This server answers by the names of this machine only: use localhost or 127.0.0.1.\n",
    { status: 421, headers: { "content-type": "text/plain; charset=utf-8" } },
  );
}

function notFound(): Response {
  return new Response("There is no such page: the explorer is at /.\n", {
    status: 404,
    headers: { "content-type": "text/plain; charset=utf-8" },
  });
}

function hostOf(request: Request): string {
  return new URL(request.url).hostname.replace(/^\[|\]$/g, "");
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") ||
    host === "::1" || isIP(host) === 4 && host.startsWith("127.");
}

/** A browser cannot go to the address that means all addresses. */
function addressOf(hostname: string): string {
  if (hostname === "0.0.0.0" || hostname === "::") return "localhost";
  return isIP(hostname) === 6 ? `[${hostname}]` : hostname;
}

async function usable<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw new UsageError(
      `cannot serve the explorer: ${
        error instanceof Error ? error.message : error
      }`,
      { cause: error },
    );
  }
}
