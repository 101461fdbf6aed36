/**
 * Flight SQL servers that are not ours.
 *
 * @module
 */
import { findGoTool } from "../programs/go_tools.ts";
import { Peer } from "../programs/peer.ts";
import { findPythonProgram } from "../programs/python.ts";
import { freePorts } from "../../../tools/free_ports.ts";

/** The version of the SQLite example server of arrow-go. */
const GO_VERSION = "18.8.0";
/** Versions of the packages of Python. */
const ROAPI_VERSION = "0.12.7";
const BENOSTREAMDB_VERSION = "0.13.1";
const PYSAIL_VERSION = "0.7.2";

const START_TIMEOUT_MS = 60_000;
const RETRY_MS = 100;

/** A file that is served as a table. */
const CSV = "id,name,x\n1,a,1.5\n2,,2.5\n3,c,\n";

/** A running server. */
export interface RunningServer extends AsyncDisposable {
  readonly port: string;
  readonly peer: Peer;
}

/** The program of a server, or why there is none. */
type Found = { readonly path: string } | { readonly problem: string };

/** A server. */
interface SqlServer {
  /** Name and version. */
  readonly title: string;
  /** Finds the program, and gets it where it is missing. */
  readonly find: () => Promise<Found>;
  /** Starts the program. */
  readonly start: (path: string) => Promise<RunningServer>;
}

/** The servers by the names of their cases. */
export const SQL_SERVERS = {
  go: {
    title: `SQLite in Go, arrow-go ${GO_VERSION}`,
    find: () =>
      findGoTool({
        name: "sqlite_flightsql_server",
        version: GO_VERSION,
        module: `github.com/apache/arrow-go/v18@v${GO_VERSION}`,
        folder: "./arrow/flight/flightsql/example/cmd/sqlite_flightsql_server",
      }),
    async start(path) {
      const peer = new Peer([path, "-host", "localhost", "-port", "0"]);
      return running(peer, await peer.port());
    },
  },
  roapi: {
    title: `roapi ${ROAPI_VERSION}`,
    find: () => findPythonProgram("roapi", ROAPI_VERSION, "roapi"),
    start: (path) =>
      startOnPorts(3, (ports, folder) => [
        path,
        "--addr-flight-sql",
        `127.0.0.1:${ports[0]}`,
        "--addr-http",
        `127.0.0.1:${ports[1]}`,
        "--addr-postgres",
        `127.0.0.1:${ports[2]}`,
        "--disable-read-only",
        "--table",
        `t=${folder}/t.csv`,
      ]),
  },
  benostreamdb: {
    title: `benostreamdb-flight ${BENOSTREAMDB_VERSION}`,
    find: () =>
      findPythonProgram(
        "benostreamdb-flight",
        BENOSTREAMDB_VERSION,
        "benostreamdb-flight",
      ),
    start: (path) =>
      startOnPorts(2, (ports, folder) => [
        "env",
        "BSDB_FLIGHT_BIND=127.0.0.1",
        `BSDB_FLIGHT_PORT=${ports[0]}`,
        `BSDB_METRICS_PORT=${ports[1]}`,
        `BSDB_WAREHOUSE=${folder}`,
        path,
      ]),
  },
  pysail: {
    title: `pysail ${PYSAIL_VERSION}`,
    find: () => findPythonProgram("pysail", PYSAIL_VERSION, "sail"),
    start: (path) =>
      startOnPorts(1, (ports) => [
        path,
        "flight",
        "server",
        "--ip",
        "127.0.0.1",
        "--port",
        `${ports[0]}`,
      ]),
  },
} satisfies Record<string, SqlServer>;

/** The name of a server. */
export type SqlServerName = keyof typeof SQL_SERVERS;

/** Starts a server that takes its ports, the one of Flight first, and a folder for its data. */
async function startOnPorts(
  count: number,
  command: (ports: readonly number[], folder: string) => readonly string[],
): Promise<RunningServer> {
  const folder = await Deno.makeTempDir({ prefix: "flight-sql-server-" });
  await Deno.writeTextFile(`${folder}/t.csv`, CSV);
  const ports = await freePorts(count);
  const peer = new Peer(command(ports, folder));
  const server = running(peer, `${ports[0]}`, folder);
  try {
    await accepting(ports[0]!, peer);
    return server;
  } catch (error) {
    await server[Symbol.asyncDispose]();
    throw error;
  }
}

function running(peer: Peer, port: string, folder?: string): RunningServer {
  return {
    port,
    peer,
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      if (folder !== undefined) await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Waits until a server accepts connections. */
async function accepting(port: number, peer: Peer): Promise<void> {
  const end = Date.now() + START_TIMEOUT_MS;
  while (peer.end === undefined && Date.now() < end) {
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
  throw new Error(`a server did not start: ${peer.end}\n${peer.log}`);
}
