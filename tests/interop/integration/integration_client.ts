/**
 * The client that Arrow's runner starts, on any runtime:
 *
 *     integration_client.ts --host=HOST --port=PORT --scenario=NAME
 *     integration_client.ts --host=HOST --port=PORT --path=JSON
 *
 * JSON is a file in the format of Arrow's integration tests; `--numbered=no`
 * says that the server sends it back without metadata. With
 * `--transport=http2|grpc-js` it chooses what carries the calls. The exit code
 * is 0 when everything was as it should be.
 *
 * @module
 */
import process from "node:process";
import {
  connect,
  type ConnectOptions,
  type LocationInit,
} from "../../../mod.ts";
import { integrationOptions, transportOf } from "./integration_options.ts";
import { scenarioOf } from "../scenarios/scenarios.ts";

const options = integrationOptions({
  host: "required",
  port: "required",
  scenario: "optional",
  path: "optional",
  numbered: "optional",
  transport: "optional",
});
const open = (
  more: ConnectOptions = {},
  location: LocationInit = `grpc://${options.host}:${options.port}`,
) => connect(location, { ...more, ...transportOf(options) });

try {
  await using client = open();
  await scenarioOf(options).run({ client, connect: open });
} catch (error) {
  console.error(error);
  process.exitCode = 1;
}
