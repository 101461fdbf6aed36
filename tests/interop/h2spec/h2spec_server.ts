/**
 * The server of ours that h2spec tests, on any runtime:
 *
 *     h2spec_server.ts OPTIONS
 *
 * OPTIONS is JSON, as in h2spec_part.ts. Prints its port on the first line, and
 * ends with its standard input.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { serve } from "../../../mod.ts";
import type { H2specServerOptions } from "../parts/h2spec_part.ts";

function certificate(name: string): string {
  return readFileSync(new URL(`../../certs/${name}`, import.meta.url), "utf8");
}

const { tls, ...options }: H2specServerOptions = JSON.parse(process.argv[2]!);
const server = await serve({}, {
  ...options,
  tls: tls
    ? {
      certificateChain: certificate("server_cert.pem"),
      privateKey: certificate("server_key.pem"),
    }
    : undefined,
});
console.log(server.port);
// The parent process holds standard input open.
process.stdin.on("end", () => server.shutdown()).resume();
