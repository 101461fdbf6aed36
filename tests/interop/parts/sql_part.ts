/**
 * Our Flight SQL client with servers that are not ours.
 *
 * @module
 */
import type { TransportName } from "../../support/transport_named.ts";
import type { Options } from "../options.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { programOf, RUNTIME_NAMES } from "../programs/programs.ts";
import { reportedCases } from "../programs/reported_cases.ts";
import { SQL_SERVERS, type SqlServerName } from "../sql/sql_servers.ts";
import type { Column, Missing, Outcome, Part } from "./part.ts";

const TABLE_PREFIX = "Flight SQL client with ";

/** Makes the part. */
export async function sqlPart(
  { runtimes, transports }: Options,
): Promise<Part> {
  const missing: Missing[] = [];
  const found: [name: SqlServerName, path: string][] = [];
  for (const [name, { title, find }] of Object.entries(SQL_SERVERS)) {
    const program = await find();
    if ("path" in program) found.push([name as SqlServerName, program.path]);
    else {
      const what = `${title}, and with it every test of our client with it,`;
      missing.push({ what, problem: program.problem });
    }
  }
  const columns: Column[] = [];
  for (const runtime of runtimes) {
    const program = await programOf(runtime);
    for (const transport of transports) {
      const via = transport === "http2" ? "" : `, ${transport}`;
      columns.push({
        title: `${RUNTIME_NAMES[runtime]}${via}`,
        async *run(filter) {
          for (const [name, path] of found) {
            yield* runCases({ name, path, program, transport }, filter);
          }
        },
      });
    }
  }
  return {
    columns,
    missing,
    tables: found.map(([name]) => tableOf(name)),
    place(name) {
      const [server = "", ...title] = name.split(": ");
      const table = tableOf(server as SqlServerName);
      return { table, row: title.join(": "), operation: "" };
    },
  };
}

function tableOf(name: SqlServerName): string {
  return TABLE_PREFIX + SQL_SERVERS[name].title;
}

/** Both sides of a run. */
interface Run {
  /** Name of the server. */
  readonly name: SqlServerName;
  /** Its program. */
  readonly path: string;
  /** The command that runs a file on a runtime of ours. */
  readonly program: readonly string[];
  readonly transport: TransportName;
}

/** One server and one client for all cases. */
async function* runCases(
  { name, path, program, transport }: Run,
  filter: string,
): AsyncGenerator<Outcome> {
  await using server = await SQL_SERVERS[name].start(path);
  await using client = new Peer([
    ...program,
    interopFile("sql/sql_client.ts"),
    name,
    server.port,
    transport,
    filter,
  ]);
  yield* reportedCases(client, server.peer);
}
