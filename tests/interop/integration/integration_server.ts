/**
 * The server that Arrow's runner starts, on any runtime:
 *
 *     integration_server.ts --port=0 [--scenario=NAME] [--transport=http2|grpc-js]
 *
 * Its first line is `Server listening on localhost:PORT`. It serves until it is
 * killed.
 *
 * @module
 */
import { type FlightServer, serve } from "../../../mod.ts";
import { integrationOptions, transportOf } from "./integration_options.ts";
import { scenarioOf } from "../scenarios/scenarios.ts";

const options = integrationOptions({
  port: "required",
  scenario: "optional",
  transport: "optional",
});
const { service, serveOptions } = scenarioOf(options);
const server: FlightServer = await serve(service(() => server.location), {
  ...serveOptions,
  ...transportOf(options),
  port: Number(options.port),
});
console.log(`Server listening on localhost:${server.port}`);
