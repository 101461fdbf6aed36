/**
 * Our Flight SQL client with a server that is not ours: the SQLite example of
 * arrow-go.
 *
 * @module
 */
import type { TransportName } from "../../support/transport_named.ts";
import type { Options } from "../options.ts";
import { findGoTool } from "../programs/go_tools.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { programOf, RUNTIME_NAMES } from "../programs/programs.ts";
import { reportedCases } from "../programs/reported_cases.ts";
import type { Column, Missing, Outcome, Part } from "./part.ts";

const VERSION = "18.8.0";
const NAME = "sqlite_flightsql_server";
const TABLE = "Flight SQL client with SQLite in Go";

/** Makes the part. */
export async function sqlPart(
  { runtimes, transports }: Options,
): Promise<Part | Missing> {
  const server = await findGoTool({
    name: NAME,
    version: VERSION,
    module: `github.com/apache/arrow-go/v18@v${VERSION}`,
    folder: `./arrow/flight/flightsql/example/cmd/${NAME}`,
  });
  if ("problem" in server) {
    return {
      what: `the SQLite example server of arrow-go ${VERSION}, ` +
        "and with it every test of our Flight SQL client with it,",
      problem: server.problem,
    };
  }
  const columns: Column[] = [];
  for (const runtime of runtimes) {
    const program = await programOf(runtime);
    for (const transport of transports) {
      const via = transport === "http2" ? "" : `, ${transport}`;
      columns.push({
        title: `${RUNTIME_NAMES[runtime]}${via}`,
        run: (filter) => runCases(server.path, program, transport, filter),
      });
    }
  }
  return {
    columns,
    tables: [TABLE],
    place: (name) => ({ table: TABLE, row: name, operation: "" }),
  };
}

/** One server and one client for all cases. */
async function* runCases(
  path: string,
  program: readonly string[],
  transport: TransportName,
  filter: string,
): AsyncGenerator<Outcome> {
  await using server = new Peer([path, "-host", "localhost", "-port", "0"]);
  await using client = new Peer([
    ...program,
    interopFile("sql/sql_client.ts"),
    await server.port(),
    transport,
    filter,
  ]);
  yield* reportedCases(client, server);
}
