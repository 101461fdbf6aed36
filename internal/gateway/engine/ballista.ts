/** Apache DataFusion Ballista 55, as the engine behind a gateway. */

import type { OptionNames } from "../../core/known_options.ts";
import type { Schema } from "apache-arrow";
import { hydratedSchema } from "../../arrow/hydrate.ts";
import {
  choiceOption,
  functionOption,
  objectOption,
} from "../../core/check_option.ts";
import { FlightError } from "../../core/flight_error.ts";
import { field } from "../../message/fields.ts";
import { message, type MessageType } from "../../message/message.ts";
import { bytes, string, uint32 } from "../../message/scalars.ts";
import {
  formatGrpcLocation,
  type Location,
  parseGrpcLocation,
} from "../../protocol/location.ts";
import { hostPort } from "../../transport/host_port.ts";
import { unpackAny } from "../../sql/messages/any.ts";
import { ticketStatementQuery } from "../../sql/messages/statement_commands.ts";
import type { GatewayEngine, GatewayPart, GatewayQuery } from "./engine.ts";

/** Options of {@linkcode ballista}. */
export interface BallistaOptions {
  /**
   * URL of the REST API of a scheduler, without a path; the scheduler needs its features `rest-api` and `tracing`.
   * Default: `http://`, host and port of the replica.
   */
  readonly restUrl?: ((scheduler: Location) => string) | undefined;
  /**
   * Scheme of the locations of executors: `grpc+tcp`, or `grpc+tls` where they have TLS. Default: `grpc+tcp`.
   */
  readonly executorScheme?: "grpc+tcp" | "grpc+tls" | undefined;
}

/** The names of {@linkcode BallistaOptions}. */
const BALLISTA_OPTIONS: OptionNames<BallistaOptions> = {
  restUrl: true,
  executorScheme: true,
};

/** Time for which a scheduler keeps the results of a job, in milliseconds: its default. */
const RESULT_LIFETIME_MS = 300_000;

/** First byte of a statement handle whose rest is a ticket for an executor. */
const PARTITION = 0;

/** ballista.protobuf.FetchPartition, as far as a gateway needs it. */
interface FetchPartition {
  readonly host: string;
  readonly port: number;
}

const fetchPartition: MessageType<FetchPartition> = message(
  "ballista.protobuf.FetchPartition",
  { host: field(5, string), port: field(6, uint32) },
);

/** ballista.protobuf.Action, as far as a gateway needs it. */
const action: MessageType<{ readonly fetchPartition: Uint8Array }> = message(
  "ballista.protobuf.Action",
  { fetchPartition: field(3, bytes) },
);

/** A job in the answer to `GET /api/jobs`. */
interface Job {
  readonly job_id: string;
  readonly job_name: string;
  readonly status: string;
  readonly percent_complete?: number;
}

/** States of a job that has not ended. */
const ACTIVE = /^(?:queued|running)$/i;

/** Texts of errors of the scheduler and of executors that have lost a result. */
const LOST =
  /GrpcConnectionError|FetchFailed|No such file|(?:file|job|partition|shuffle)[^.]* not found/i;

/**
 * Makes the engine Ballista for `flightSqlGateway`. The backend is its scheduler, whose executors serve the results.
 *
 * Jobs are found by their names, which begin with the text of the query: the gateway puts a comment with the identifier of
 * the query before it. Canceling and progress go by the REST API of the scheduler.
 *
 * @param options Places of the REST API and the executors.
 * @returns The engine.
 * @throws {TypeError} When an option is of the wrong type.
 */
export function ballista(options: BallistaOptions = {}): GatewayEngine {
  objectOption("options", options, BALLISTA_OPTIONS);
  const { restUrl = restUrlOf, executorScheme = "grpc+tcp" } = options;
  functionOption("restUrl", restUrl);
  choiceOption("executorScheme", executorScheme, ["grpc+tcp", "grpc+tls"]);
  const tls = executorScheme === "grpc+tls";

  async function jobsOf(
    { id, replica }: GatewayQuery,
    signal: AbortSignal,
  ): Promise<{ url: string; jobs: readonly Job[] }> {
    const url = restUrl(replica);
    const response = await answered(fetch(`${url}/api/jobs`, { signal }));
    const jobs = await response.json() as readonly Job[];
    return {
      url,
      jobs: jobs.filter(({ job_name }) => job_name.startsWith(`/* ${id}`)),
    };
  }

  return {
    name: "Ballista",
    runsPreparedText: true,
    resultLifetimeMs: RESULT_LIFETIME_MS,
    // It announces dictionaries that it does not send and, now and then, the schema of a stage before the last.
    announcesOtherSchema: true,
    tag: (sql, id, traceId) =>
      traceId === undefined
        ? `/* ${id} */ ${sql}`
        : `/* ${id} trace ${traceId} */ ${sql}`,
    async cancel(query, signal) {
      const { url, jobs } = await jobsOf(query, signal);
      let isCanceled = false;
      for (const { job_id, status } of jobs) {
        if (!ACTIVE.test(status)) continue;
        const response = await fetch(
          `${url}/api/job/${encodeURIComponent(job_id)}`,
          { method: "PATCH", signal },
        );
        await response.body?.cancel();
        // 409: it has ended meanwhile.
        if (response.ok) isCanceled = true;
      }
      return isCanceled;
    },
    async progress(query, signal) {
      const { jobs } = await jobsOf(query, signal);
      const percent = jobs.at(0)?.percent_complete;
      return percent === undefined
        ? undefined
        : Math.min(Math.max(percent / 100, 0), 1);
    },
    locate: (ticket) => partOf(ticket, tls),
    correctSchema: (schema: Schema) => hydratedSchema(schema),
    isLost: ({ code, details }) =>
      code === "UNAVAILABLE" || code === "NOT_FOUND" ||
      (code === "INTERNAL" || code === "UNKNOWN") && LOST.test(details),
  };
}

/** Finds the executor in a ticket of the scheduler. */
function partOf(ticket: Uint8Array, tls: boolean): GatewayPart | undefined {
  const packed = unpackAny(ticket);
  if (packed?.name !== ticketStatementQuery.name) return undefined;
  try {
    const { statementHandle } = ticketStatementQuery.decode(packed.value);
    if (statementHandle[0] !== PARTITION) return undefined;
    const wanted = statementHandle.slice(1);
    const { host: hostname, port } = fetchPartition.decode(
      action.decode(wanted).fetchPartition,
    );
    if (hostname === "" || port === 0) return undefined;
    const uri = formatGrpcLocation({ kind: "tcp", tls, hostname, port });
    return { location: { uri }, ticket: wanted };
  } catch (error) {
    // Another version may have other tickets: the scheduler takes them in any case.
    if (FlightError.is(error)) return undefined;
    throw error;
  }
}

function restUrlOf({ uri }: Location): string {
  const address = parseGrpcLocation(uri);
  if (address.kind === "unix") {
    throw new TypeError(
      "Cannot find the REST API of a scheduler on a socket: option restUrl",
    );
  }
  const { tls, hostname, port } = address;
  return `${tls ? "https" : "http"}://${hostPort(hostname, port)}`;
}

async function answered(pending: Promise<Response>): Promise<Response> {
  const response = await pending;
  if (response.ok) return response;
  await response.body?.cancel();
  throw new FlightError(
    "UNAVAILABLE",
    `the REST API of the scheduler answers with status ${response.status}`,
  );
}
