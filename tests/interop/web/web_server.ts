/**
 * A server for the clients of gRPC-Web, on any runtime: `web_server.ts handler` is a
 * `flightHandler` on the runtime's own server, `web_server.ts http2` is a server of gRPC
 * for a proxy.
 *
 * @module
 */
import process from "node:process";
import { flightHandler } from "../../../handler.ts";
import { serve } from "../../../mod.ts";
import { serveFetch } from "../../support/serve_fetch.ts";
import { WEB_SERVICE } from "./web_service.ts";

const port = process.argv[2] === "handler"
  ? new URL((await serveFetch(flightHandler(WEB_SERVICE))).url).port
  : (await serve(WEB_SERVICE, { port: 0 })).port;
console.log(port);
// The parent process holds standard input open.
process.stdin.on("end", () => process.exit(0)).resume();
