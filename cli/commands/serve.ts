/** `flight serve`: a server of files and databases. */

import {
  FlightError,
  type FlightServer,
  HealthService,
  serve,
  type ServeOptions,
} from "@contrail/flight/server";
import {
  type FlightWorkers,
  isWorker,
  serveWorkers,
  workerStore,
} from "@contrail/flight/workers";
import { serverSessions, SharedSessionStore } from "@contrail/flight/session";
import { Command, Option } from "commander";
import { UsageError } from "../exit_code.ts";
import { port, seconds, wholeNumber } from "../options.ts";
import { plainText } from "../output/plain_text.ts";
import { Output } from "../output/output.ts";
import type { MismatchPolicy, Offer } from "../serve/offer.ts";
import { usersOf } from "../serve/users.ts";

/** The options of the command. */
interface ServeFlags {
  readonly hostname: string;
  readonly port: number;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly user?: string;
  readonly passwordFile?: string;
  readonly readWrite?: boolean;
  readonly queryTimeout?: number;
  readonly maxRows?: number;
  readonly onMismatch?: MismatchPolicy;
  readonly web?: boolean;
  readonly workers?: number;
}

/** Makes the command. */
export function serveCommand(): Command {
  return new Command("serve")
    .summary("serve files and databases")
    .description(
      `Serves Arrow IPC files, SQLite and DuckDB databases, Parquet and CSV files over
Arrow Flight and Flight SQL, on the same port. What DuckDB reads needs it to be
installed in this folder: npm install @duckdb/node-api

The first line of the output is \`Listening on\` and the location. Ctrl-C lets
running calls finish; a second one ends them.

With --web, browsers get a page to explore the data on the same port; its address
is in the second line, behind \`Explorer at\`.`,
    )
    .argument("<file...>", "the files; at most one of them a database")
    .option(
      "--hostname <host>",
      "address to listen on; 0.0.0.0 for all",
      "127.0.0.1",
    )
    .option("--port <port>", "port to listen on; 0 picks a free one", port, 0)
    .option(
      "--read-write",
      "let clients change the database, and upload tables into it",
    )
    .option(
      "--query-timeout <seconds>",
      "end statements that take longer",
      seconds,
    )
    .option("--max-rows <rows>", "end results that have more rows", wholeNumber)
    .addOption(
      new Option(
        "--on-mismatch <reaction>",
        "what SQLite values that do not fit the type of their column do: end the result, become one that fits, or become null",
      ).choices(["error", "cast", "null"]),
    )
    .option(
      "--workers <processes>",
      "serve in several processes, one for each core to be used",
      wholeNumber,
    )
    .option("--web", "serve a page to explore the data, for browsers")
    .optionsGroup("Security:")
    .option(
      "--tls-cert <file>",
      "certificate of the server in PEM; needs --tls-key",
    )
    .option("--tls-key <file>", "private key of --tls-cert")
    .option(
      "-u, --user <name[:password]>",
      "ask clients for this user; the password may be in FLIGHT_PASSWORD",
    )
    .option(
      "--password-file <file>",
      "ask clients for one of the users in a file of lines NAME:PASSWORD",
    )
    .action(run);
}

async function run(
  files: readonly string[],
  options: ServeFlags,
): Promise<void> {
  const { tlsCert, tlsKey, user, passwordFile, readWrite = false } = options;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new UsageError("--tls-cert and --tls-key need each other");
  }
  const { hostname, web = false, workers = 1 } = options;
  if (workers < 1) throw new UsageError("--workers must be 1 or more");
  const users = await usersOf(user, passwordFile);
  // Other commands need no database, which takes its time to load.
  const { openFiles } = await import("../serve/offer.ts");
  // A session is known to each process.
  const store = workers > 1 ? workerStore() : undefined;
  const sessions = serverSessions({
    store: store && new SharedSessionStore(store),
  });
  const open = (): Promise<Offer> =>
    openFiles(files, {
      readWrite,
      queryTimeoutMs: options.queryTimeout,
      maxRows: options.maxRows,
      onMismatch: options.onMismatch,
      processes: workers,
      store,
    });
  // Other servers do not need the page.
  const explorer = web ? await import("../serve/web/explorer.ts") : undefined;
  const webOptions = await explorer?.explorerOptions(hostname);
  // Workers open the files by themselves.
  const offer = isWorker() ? undefined : await open();
  // With workers, this process only looks whether the files can be served.
  const usesOffer = workers === 1;
  try {
    if (!usesOffer) await offer?.close();
    const server = await listen(workers, offer, open, {
      hostname,
      port: options.port,
      services: [new HealthService()],
      reflection: true,
      shutdownOnSignals: true,
      interceptors: users ? [users, sessions] : [sessions],
      web: webOptions,
      ...(tlsCert !== undefined && tlsKey !== undefined && {
        tls: {
          certificateChain: { file: tlsCert },
          privateKey: { file: tlsKey },
        },
      }),
    });
    const output = Output.standard();
    await output.text(`Listening on ${server.location.uri}\n`);
    if (explorer) {
      const isSecure = tlsCert !== undefined;
      const url = explorer.explorerUrl(hostname, server.port, isSecure);
      await output.text(`Explorer at ${url}\n`);
    }
    for (const line of offer?.summary ?? []) {
      await output.text(`${plainText(line)}\n`);
    }
    await output.flush();
    await server.closed;
  } finally {
    if (usesOffer) await offer?.close();
  }
}

/** Serves in this process or in several. In a worker, it does not return. */
async function listen(
  workers: number,
  offer: Offer | undefined,
  open: () => Promise<Offer>,
  options: ServeOptions,
): Promise<FlightServer | FlightWorkers> {
  try {
    if (workers === 1) return await serve(offer!.service, options);
    const makeService = async () => (await open()).service;
    return await serveWorkers(makeService, { ...options, workers });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    // A port that is taken, a name that no address has, a file that has no key.
    if (FlightError.is(error)) throw new UsageError(error.details);
    throw error instanceof Error ? new UsageError(error.message) : error;
  }
}
