/**
 * The server of the pages, on any runtime: the page and its services by `flightHandler` on the server of the
 * runtime, and the same services by `serve` with TLS and the option `web`:
 *
 *     page_server.ts [OPTION OF DENO BUNDLE ...]
 *
 * Its first line has the addresses, as JSON. Each report of a page is a line. It ends with its standard
 * input.
 *
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { flightHandler } from "../../../handler.ts";
import { type FlightService, serve } from "../../../mod.ts";
import { certified } from "../../support/certs.ts";
import { serveFetch } from "../../support/serve_fetch.ts";
import { bundledPage } from "./bundle_page.ts";
import { LACKING_SCRIPT } from "./lacking_script.ts";
import { PAGE_SERVICE, pageSqlService } from "./page_service.ts";

/** Scripts of this server alone, no code of strings, no WebAssembly. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  // WebKit asks for the icon under the policy of the page.
  "img-src 'self'",
  "worker-src 'self'",
  "connect-src 'self' ws://127.0.0.1:* https://localhost:* wss://localhost:*",
].join("; ");

const KEEPALIVE_TIME_MS = 5_000;

const folder = await mkdtemp(join(tmpdir(), "flight-page-"));
const script = await bundledPage(folder, process.argv.slice(2))
  .finally(() => rm(folder, { recursive: true, force: true }));

const html = (scripts: string): [string, string] => [
  "text/html; charset=utf-8",
  `<!doctype html><meta charset=utf-8><title>Flight</title>${scripts}`,
];
const MAIN = '<script type="module" src="/page.js"></script>';
const FILES: Readonly<Record<string, readonly [string, string]>> = {
  "/": html(MAIN),
  "/lacking": html(`<script src="/lacking.js"></script>${MAIN}`),
  "/page.js": ["text/javascript; charset=utf-8", script],
  "/lacking.js": ["text/javascript; charset=utf-8", LACKING_SCRIPT],
  // Browsers ask for it.
  "/favicon.ico": ["image/x-icon", ""],
};

async function otherwise(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/report") {
    console.log(await request.text());
    return new Response();
  }
  const file = FILES[pathname];
  if (file === undefined) return new Response("", { status: 404 });
  const [type, body] = file;
  return new Response(body, {
    headers: { "content-type": type, "content-security-policy": POLICY },
  });
}

const sqlService = pageSqlService();
const flight = flightHandler(PAGE_SERVICE, { otherwise });
const sql = flightHandler(sqlService);
const both = (request: Request, info?: unknown): Promise<Response> =>
  new URL(request.url).pathname.startsWith("/sql/")
    ? sql(request, info)
    : flight(request, info);
// The handlers for sockets are the same for all handlers.
const { websocket } = flight;
const { url } = await serveFetch(Object.assign(both, { websocket }));

async function port(service: FlightService): Promise<string> {
  const server = await serve(service, {
    port: 0,
    tls: certified("server"),
    web: { origins: [url] },
    // WebKitGTK tells the end of a call that has no answer with its next frame, such as that to a PING.
    keepaliveTimeMs: KEEPALIVE_TIME_MS,
  });
  return `https://localhost:${server.port}`;
}

console.log(JSON.stringify({
  page: url,
  handler: { flight: url, sql: `${url}/sql` },
  port: { flight: await port(PAGE_SERVICE), sql: await port(sqlService) },
}));
// The parent process holds standard input open.
process.stdin.on("end", () => process.exit(0)).resume();
