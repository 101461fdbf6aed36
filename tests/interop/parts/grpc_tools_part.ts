/**
 * grpcurl and grpc-health-probe against our server.
 *
 * @module
 */
import {
  findGrpcTools,
  type GrpcToolPaths,
  GrpcTools,
  GRPCURL_VERSION,
  HEALTH_PROBE_VERSION,
} from "../grpc_tools/grpc_tools.ts";
import { GRPC_TOOLS_CASES } from "../grpc_tools/grpc_tools_cases.ts";
import type { GrpcToolsServerOptions } from "../grpc_tools/grpc_tools_server.ts";
import type { Column, Missing, Outcome, Part, Place } from "./part.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import {
  programOf,
  type Runtime,
  RUNTIME_NAMES,
} from "../programs/programs.ts";

/** Options of the servers, by the ends of the names of cases. */
const SERVERS: Readonly<Record<string, GrpcToolsServerOptions>> = {
  "http2": { transport: "http2" },
  "http2 with TLS": { transport: "http2", tls: true },
  "grpc-js": { transport: "grpc-js" },
};

/** Makes the part. */
export async function grpcToolsPart(
  runtimes: readonly Runtime[],
): Promise<Part | Missing> {
  const paths = await findGrpcTools();
  if ("problem" in paths) {
    return {
      what:
        `grpcurl ${GRPCURL_VERSION} or grpc-health-probe ${HEALTH_PROBE_VERSION}, ` +
        "and with it every test of health and reflection by them,",
      problem: paths.problem,
    };
  }
  const columns = await Promise.all(runtimes.map(async (runtime) => {
    const program = await programOf(runtime);
    const column: Column = {
      title: RUNTIME_NAMES[runtime],
      run: (filter) => runServers(paths, program, filter),
    };
    return column;
  }));
  return { columns, tables: ["gRPC tools"], place: placeOf };
}

async function* runServers(
  paths: GrpcToolPaths,
  program: readonly string[],
  filter: string,
): AsyncGenerator<Outcome> {
  for (const [what, options] of Object.entries(SERVERS)) {
    const cases = Object.entries(GRPC_TOOLS_CASES)
      .map(([name, run]) => ({ name: `${name}: ${what}`, run }))
      .filter(({ name }) => name.includes(filter));
    if (cases.length === 0) continue;
    await using server = new Peer([
      ...program,
      interopFile("grpc_tools/grpc_tools_server.ts"),
      JSON.stringify(options),
    ]);
    const port = await server.port();
    const tools = new GrpcTools(paths, port, options.tls ?? false);
    for (const { name, run } of cases) {
      try {
        await run({ tools, server });
        yield { name, error: undefined };
      } catch (error) {
        const end = server.end === undefined ? "" : `\nserver: ${server.end}`;
        yield { name, error: `${error}${end}\n${server.log}` };
      }
    }
  }
}

/** "grpcurl list: http2 with TLS" is in the row "grpcurl list". */
function placeOf(name: string): Place {
  const [, row, operation] = /^(.*): (.*)$/.exec(name)!;
  return { table: "gRPC tools", row: row!, operation: operation! };
}
