/** An engine in this process: jobs that end when they are told to, and executors that hold their results. */

import {
  type FlightDescriptor,
  FlightError,
  type FlightServer,
  type FlightService,
  serve,
} from "@contrail/flight";
import { connectInMemory } from "@contrail/flight/memory";
import { flightSql } from "@contrail/flight/sql";
import type { GatewayEngine, GatewayQuery } from "@contrail/flight/gateway";
import { field } from "../../internal/message/fields.ts";
import { message } from "../../internal/message/message.ts";
import { string } from "../../internal/message/scalars.ts";
import { encodeSchema } from "../../internal/ipc/encode_schema.ts";
import { actionCreatePreparedStatementResult } from "../../internal/sql/messages/prepared_statement_actions.ts";
import { packAny, unpackAny } from "../../internal/sql/messages/any.ts";
import { commandStatementQuery } from "../../internal/sql/messages/statement_commands.ts";
import { rowsUpTo } from "./backends.ts";

/** Ticket that an executor takes. */
export const executorTicket = message<{ readonly part: string }>(
  "tests.ExecutorTicket",
  { part: field(1, string) },
);

/** A job of the engine. */
export interface Job {
  /** The text of its query, with the mark of the gateway. */
  readonly sql: string;
  state: "running" | "completed" | "canceled";
  progress: number;
  /** Ends it. */
  complete(): void;
}

/** A scheduler with executors. */
export interface Cluster extends AsyncDisposable {
  readonly scheduler: FlightServer;
  readonly executors: readonly FlightServer[];
  readonly jobs: Job[];
  readonly engine: GatewayEngine;
  /** Tickets that were read at the scheduler. */
  readonly atScheduler: string[];
  /** Tickets that were read at executors. */
  readonly atExecutors: string[];
  /** Called when a job begins. */
  onJob: (job: Job) => void;
}

/** Options of a cluster. */
interface ClusterOptions {
  /** Jobs end by themselves. Default: true. */
  readonly completes?: boolean;
  /** Rows of each executor. Default: 10. */
  readonly rows?: number;
}

/** Starts a scheduler and two executors. Each query has a part at each executor. */
export async function startCluster(
  { completes = true, rows = 10 }: ClusterOptions = {},
): Promise<Cluster> {
  const jobs: Job[] = [];
  const atScheduler: string[] = [];
  const atExecutors: string[] = [];
  const executor: FlightService = {
    doGet({ ticket }) {
      // Decoding skips what the gateway has put behind it.
      const { part } = executorTicket.decode(ticket);
      if (!part.startsWith("part ")) {
        throw new FlightError("INVALID_ARGUMENT", "no ticket of the engine");
      }
      atExecutors.push(part);
      return rowsUpTo(rows);
    },
  };
  const executors = [await serve(executor), await serve(executor)];
  const cluster = {
    jobs,
    executors,
    atScheduler,
    atExecutors,
    onJob: (_: Job): void => {},
  };
  const scheduler = await serve({
    async getFlightInfo(descriptor) {
      const sql = statementOf(descriptor);
      const ended = Promise.withResolvers<void>();
      const job: Job = {
        sql,
        state: "running",
        progress: 0,
        complete() {
          if (job.state === "running") job.state = "completed";
          ended.resolve();
        },
      };
      jobs.push(job);
      cluster.onJob(job);
      if (completes) job.complete();
      // As Ballista does: the end of the call does not end the job.
      await ended.promise;
      if (job.state === "canceled") {
        throw new FlightError("INTERNAL", "the job failed: Cancelled");
      }
      return {
        endpoints: executors.map(({ location }, i) => ({
          ticket: new TextEncoder().encode(`part ${i}@${location.uri}`),
        })),
      };
    },
    doGet({ ticket }) {
      const text = new TextDecoder().decode(ticket);
      atScheduler.push(text);
      throw new FlightError("INTERNAL", "cannot connect to the executor");
    },
    *doAction({ type }) {
      if (type !== "CreatePreparedStatement") return;
      yield {
        body: packAny(actionCreatePreparedStatementResult, {
          preparedStatementHandle: new Uint8Array([1]),
          datasetSchema: encodeSchema(rowsUpTo(0).schema),
        }),
      };
    },
  });
  const jobOf = ({ id }: GatewayQuery): Job | undefined =>
    jobs.find(({ sql }) => sql.startsWith(`/* ${id} */ `));
  const engine: GatewayEngine = {
    name: "fake",
    runsPreparedText: true,
    tag: (sql, id) => `/* ${id} */ ${sql}`,
    cancel(query) {
      const job = jobOf(query);
      if (job?.state !== "running") return Promise.resolve(false);
      job.state = "canceled";
      job.complete();
      return Promise.resolve(true);
    },
    progress: (query) => Promise.resolve(jobOf(query)?.progress),
    locate(ticket) {
      const [part, uri] = new TextDecoder().decode(ticket).split("@");
      return uri === undefined
        ? undefined
        : { location: { uri }, ticket: executorTicket.encode({ part: part! }) };
    },
    isLost: ({ details }) => details.includes("cannot connect"),
  };
  return Object.assign(cluster, {
    scheduler,
    engine,
    async [Symbol.asyncDispose]() {
      for (const job of jobs) job.complete();
      await Promise.all(
        [scheduler, ...executors].map((server) =>
          server.shutdown({ timeoutMs: 0 })
        ),
      );
    },
  });
}

/** The text of a statement. */
function statementOf(descriptor: FlightDescriptor): string {
  const command = descriptor.type === "CMD"
    ? unpackAny(descriptor.cmd)
    : undefined;
  if (command?.name !== commandStatementQuery.name) {
    throw new FlightError("UNIMPLEMENTED", `no command ${command?.name}`);
  }
  return commandStatementQuery.decode(command.value).query;
}

/** A statement as a command. */
export async function commandOf(query: string): Promise<Uint8Array> {
  let command: Uint8Array | undefined;
  await using client = connectInMemory({
    getFlightInfo(descriptor) {
      if (descriptor.type === "CMD") command = descriptor.cmd;
      return { endpoints: [] };
    },
  });
  await flightSql(client).query(query).info();
  return command!;
}
