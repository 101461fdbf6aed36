/**
 * Runs the cases of a client of gRPC-Web, on any runtime:
 *
 *     web_client.ts TABLE PORT PACKAGES [CASE]
 *
 * Prints a line of JSON for each case: its name, and its error if it failed.
 *
 * @module
 */
import process from "node:process";
import { inTime } from "../programs/in_time.ts";
import { printCase } from "../programs/print_case.ts";
import { connectWebCases } from "./connect_web_cases.ts";
import { grpcWebCases } from "./grpc_web_cases.ts";
import { grpcwebproxyCases } from "./grpcwebproxy_cases.ts";
import { handlerCases } from "../workerd/handler_cases.ts";
import { tonicWebCases } from "./tonic_web_cases.ts";
import type { WebCases } from "./web_cases.ts";

/** Longest time for a case. */
const CASE_TIMEOUT_MS = 40_000;

const CASES: Readonly<
  Record<string, (url: string, packages: string) => WebCases>
> = {
  "connect-web": connectWebCases,
  "grpc-web": grpcWebCases,
  "grpcwebproxy": grpcwebproxyCases,
  "tonic-web": tonicWebCases,
  "handler": handlerCases,
};

const [table = "", port, packages = "", filter = ""] = process.argv.slice(2);
const cases = CASES[table]!(`http://127.0.0.1:${port}`, packages);
for (const [name, run] of Object.entries(cases)) {
  const title = `${table}: ${name}`;
  if (!title.includes(filter)) continue;
  await printCase(title, () => inTime(run(), CASE_TIMEOUT_MS));
}
process.exit(0);
