/**
 * Our client against pyarrow's server, on any runtime:
 *
 *     ts_client.ts list FOLDER
 *     ts_client.ts run FOLDER PORT NAMES
 *
 * FOLDER is where datasets.py wrote its data, NAMES a JSON list of cases.
 *
 * @module
 */
import process from "node:process";
import { connect, type ConnectOptions } from "../../../mod.ts";
import { runCases } from "./case_runner.ts";
import type { Cases } from "./cases/case.ts";
import { dataCases } from "./cases/data.ts";
import { DESCRIPTION_CASES } from "./cases/descriptions.ts";
import { ENCODING_CASES } from "./cases/encodings.ts";
import { ENDPOINT_CASES } from "./cases/endpoints.ts";
import { ERROR_CASES } from "./cases/errors.ts";
import { forwardingCases } from "./cases/forwarding.ts";
import { HEADER_CASES } from "./cases/headers.ts";
import { SCENARIO_CASES } from "./cases/scenarios.ts";
import { STREAM_CASES } from "./cases/streams.ts";
import { TLS_CASES } from "./cases/tls.ts";
import { DataFiles } from "./data_files.ts";

const [, , command, folder, port, names] = process.argv;
const files = new DataFiles(folder!);
const cases: Cases = {
  ...dataCases(files.index()),
  ...ENCODING_CASES,
  ...forwardingCases(files.index()),
  ...DESCRIPTION_CASES,
  ...STREAM_CASES,
  ...HEADER_CASES,
  ...SCENARIO_CASES,
  ...ERROR_CASES,
  ...TLS_CASES,
  ...ENDPOINT_CASES,
};

if (command === "list") {
  console.log(JSON.stringify(Object.keys(cases)));
} else {
  await runCases(JSON.parse(names!), async (name) => {
    const connectTo = (port: unknown, options: ConnectOptions = {}) =>
      // Batches are counted on the other side.
      connect(`grpc://127.0.0.1:${port}`, {
        maxBatchBytes: Infinity,
        ...options,
      });
    await using client = connectTo(port);
    await cases[name]!({
      client,
      connect: (options) => connectTo(port, options),
      connectTo,
      files,
      id: `${name} ${process.pid}`,
    });
  });
}
process.exit(0);
