/** Options of a gateway. */

import {
  dependentOption,
  knownOptions,
  type OptionNames,
} from "../core/known_options.ts";
import {
  arrayOption,
  booleanOption,
  boundOption,
  choiceOption,
  durationOption,
  functionOption,
  integerOption,
  MAX_TIMER_MS,
  objectOption,
} from "../core/check_option.ts";
import type { FlightErrorCode } from "../core/flight_error.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import type { HealthService } from "../server/health_service.ts";
import type { GatewayEngine } from "./engine/engine.ts";

/** Bounds for the queries of one user; each is an integer of 1 or more, or Infinity for none. */
export interface GatewayLimits {
  /**
   * Most queries at once: those that run, those whose results are being read, and uploads and exchanges. Actions and lists
   * do not count. Default: 1,000.
   */
  readonly maxQueriesPerUser?: number | undefined;
  /**
   * Most rows of the result of a query, and most rows of an upload, as far as they pass through the gateway. Default:
   * Infinity.
   */
  readonly maxQueryRows?: number | undefined;
  /**
   * Most bytes of the result of a query, and most bytes of an upload, as far as they pass through the gateway. Default:
   * Infinity.
   */
  readonly maxQueryBytes?: number | undefined;
  /**
   * Longest time of a query, in milliseconds, from its start to the last byte of its result; at most 2³¹ − 1. Beyond it,
   * the query is canceled in the engine. It is the longest time of any other call too. Default: 3,600,000, an hour.
   */
  readonly queryTimeoutMs?: number | undefined;
}

/** The names of {@linkcode GatewayLimits}. */
const GATEWAY_LIMITS: OptionNames<GatewayLimits> = {
  maxQueriesPerUser: true,
  maxQueryRows: true,
  maxQueryBytes: true,
  queryTimeoutMs: true,
};

/** Entry of the audit log about a call, written when the call is over. */
export interface GatewayAuditEntry {
  /** Time at which the call began. */
  readonly start: Date;
  /** Duration of the call, in milliseconds. */
  readonly durationMs: number;
  /** Identity of the user; `undefined` without authentication. */
  readonly user: string | undefined;
  /** Address of the client. */
  readonly peer: string;
  /** Name of the RPC, such as `GetFlightInfo`. */
  readonly method: string;
  /** Name of the command or action, such as `CommandStatementQuery`; `undefined` if it is none of Flight SQL. */
  readonly command: string | undefined;
  /** Text of the statement with `?` for each literal, and without comments; `undefined` if the call has none. */
  readonly sql: string | undefined;
  /** Identifier of the query, which the engine's job has too; `undefined` if the call belongs to none. */
  readonly queryId: string | undefined;
  /** Location of the replica; `undefined` if the call reached none. */
  readonly replica: string | undefined;
  /** Status of the call. */
  readonly code: FlightErrorCode | "OK";
  /** Rows that the client has got from the gateway. */
  readonly rows: number;
  /** Bytes of data that the client has got from the gateway. */
  readonly bytes: number;
  /** Rows that the client has uploaded, parameters included. */
  readonly uploadedRows: number;
  /** Bytes of data that the client has uploaded, parameters included. */
  readonly uploadedBytes: number;
}

/** Options of a gateway that do not concern its connections. */
export interface GatewayOptions {
  /** Knowledge about the engine, such as `ballista()`. Default: none, for any server of Flight SQL. */
  readonly engine?: GatewayEngine | undefined;
  /**
   * Way in which results reach clients. `"proxy"`: through the gateway alone. `"direct"`: each endpoint names the server
   * that holds the data first, and the gateway second; that server takes the ticket of the engine from anyone who has it,
   * without the gateway's signature, user or expiration. It needs an engine with `locate`. Default: `"proxy"`.
   */
  readonly results?: "direct" | "proxy" | undefined;
  /**
   * Keys of 32 bytes or more by which tickets and handles are signed (HMAC-SHA-256); text counts as UTF-8. The first
   * signs, all are accepted. Several gateways behind one name need the same keys. Default: a random key.
   */
  readonly keys?: readonly (string | Uint8Array)[] | undefined;
  /**
   * Time for which a result can be read, in milliseconds, more than 0, at most 2³¹ − 1. Set it to the time for which the
   * engine keeps results. Default: that of the engine, else 300,000, five minutes.
   */
  readonly resultLifetimeMs?: number | undefined;
  /**
   * Restores the buffers of compressed batches in results that go through the gateway, for clients that cannot read
   * compressed ones, such as the JDBC driver 18.3.0. It costs the gateway processor time, and the network bytes. A batch
   * of more bytes than `maxDecompressedMessageBytes` of the connection fails with RESOURCE_EXHAUSTED. Executors of
   * `"direct"` results send what they have. Default: false; data goes through unread.
   */
  readonly decompress?: boolean | undefined;
  /**
   * Runs a query again by itself if its result was lost before any of it was delivered, once, and only for a statement
   * that reads. It needs `results: "proxy"`, because the gateway must see all that is delivered. Default: false.
   */
  readonly retryLostResults?: boolean | undefined;
  /**
   * Choice of a replica for calls that are not bound to one: the one with the fewest calls, or one by the hash of the user
   * or the address of the client. Default: `"least-loaded"`.
   */
  readonly balance?: "least-loaded" | "hash" | undefined;
  /** Time between two checks of the health of each replica, in milliseconds, 1 to 2³¹ − 1. Default: 5,000. */
  readonly healthIntervalMs?: number | undefined;
  /** Longest time of a check, in milliseconds, 1 to 2³¹ − 1; beyond it the replica counts as down. Default: 2,000. */
  readonly healthTimeoutMs?: number | undefined;
  /**
   * Finds the addresses of a host name, each of which is a replica then. True: by DNS. Default: false; the name is one
   * replica.
   */
  readonly resolve?:
    | boolean
    | ((hostname: string) => Promise<readonly string[]>)
    | undefined;
  /** Time between two resolutions, and longest time of one, in milliseconds, 1 to 2³¹ − 1. Default: 30,000. */
  readonly resolveIntervalMs?: number | undefined;
  /**
   * Names of headers that go from the client to the backend. With `cookie`, `set-cookie` comes back; with `authorization`,
   * the backend authenticates the client, by Handshake too. `traceparent` and `tracestate` go to executors as well, no
   * other does. Default: `cookie`, `traceparent`, `tracestate`.
   */
  readonly forwardHeaders?: readonly string[] | undefined;
  /** Bounds for users; a function gives those of the user of a call. Default: see each bound. */
  readonly limits?:
    | GatewayLimits
    | ((context: FlightCallContext) => GatewayLimits)
    | undefined;
  /**
   * Most queries that the gateway remembers, 1 or more, until their results are read or have expired. Beyond it, the
   * oldest that is not in use is forgotten, and the bounds of rows and bytes begin anew for it. Default: 10,000.
   */
  readonly maxQueries?: number | undefined;
  /**
   * Time for which PollFlightInfo waits for a query to end before it asks the client to poll again, in milliseconds, more
   * than 0. Default: 1,000.
   */
  readonly pollTimeoutMs?: number | undefined;
  /**
   * Time after which a query is canceled whose client polls no more, in milliseconds, more than 0. Default: 60,000.
   */
  readonly pollExpiryMs?: number | undefined;
  /** Is told of each call when it is over. Its errors are ignored. Default: no audit log. */
  readonly audit?: ((entry: GatewayAuditEntry) => void) | undefined;
  /** Leaves literals in the texts of the audit log. Default: false. */
  readonly auditLiterals?: boolean | undefined;
  /**
   * Health service that says NOT_SERVING while no replica can be reached. Give it to `serve` as well, among the
   * `services`. Default: none.
   */
  readonly health?: HealthService | undefined;
}

/** The names of {@linkcode GatewayOptions}. */
const GATEWAY_OPTIONS: OptionNames<GatewayOptions> = {
  engine: true,
  results: true,
  keys: true,
  resultLifetimeMs: true,
  decompress: true,
  retryLostResults: true,
  balance: true,
  healthIntervalMs: true,
  healthTimeoutMs: true,
  resolve: true,
  resolveIntervalMs: true,
  forwardHeaders: true,
  limits: true,
  maxQueries: true,
  pollTimeoutMs: true,
  pollExpiryMs: true,
  audit: true,
  auditLiterals: true,
  health: true,
};

/** Names of options that belong elsewhere, or have another name. */
const GUESSED_OPTIONS = {
  auth: "the interceptors of serve, for clients, and connection, for backends",
  interceptors:
    "those of serve, for clients, and connection.interceptors, for backends",
  tls: "that of serve, for clients, and connection.tls, for backends",
  headers: "connection.headers",
  timeoutMs: "limits.queryTimeoutMs",
  maxRows: "limits.maxQueryRows",
  maxBytes: "limits.maxQueryBytes",
  maxQueriesPerUser: "limits.maxQueriesPerUser",
  log: "audit",
};

const GUESSED_LIMITS = {
  maxRows: "maxQueryRows",
  maxBytes: "maxQueryBytes",
  timeoutMs: "queryTimeoutMs",
};

/** The options, with their defaults. */
export type CheckedOptions =
  & {
    readonly [N in Exclude<keyof GatewayOptions, Optional | "limits">]:
      NonNullable<GatewayOptions[N]>;
  }
  & Pick<GatewayOptions, Optional>
  & {
    /** Returns the bounds of the user of a call. */
    readonly limits: (context: FlightCallContext) => CheckedLimits;
  };

type Optional = "engine" | "keys" | "audit" | "health";

/** Bounds, with their defaults. */
export type CheckedLimits = {
  readonly [N in keyof GatewayLimits]-?: NonNullable<GatewayLimits[N]>;
};

/**
 * Checks the options.
 *
 * @throws {RangeError} When a number is out of its range.
 * @throws {TypeError} When an option is of the wrong type, or does not go with another.
 */
export function checkedOptions(options: GatewayOptions): CheckedOptions {
  const {
    engine,
    results = "proxy",
    keys,
    resultLifetimeMs = engine?.resultLifetimeMs ?? 300_000,
    decompress = false,
    retryLostResults = false,
    balance = "least-loaded",
    healthIntervalMs = 5_000,
    healthTimeoutMs = 2_000,
    resolve = false,
    resolveIntervalMs = 30_000,
    forwardHeaders = ["cookie", "traceparent", "tracestate"],
    limits,
    maxQueries = 10_000,
    pollTimeoutMs = 1_000,
    pollExpiryMs = 60_000,
    audit,
    auditLiterals = false,
    health,
  } = options;
  knownOptions(options, GATEWAY_OPTIONS, "", GUESSED_OPTIONS);
  dependentOption(options, "auditLiterals", "audit");
  if (typeof engine === "string") {
    throw new TypeError(
      "Cannot use option engine: a text is not an engine; use a function that makes one, as in engine: ballista()",
    );
  }
  objectOption("engine", engine);
  choiceOption("results", results, ["direct", "proxy"]);
  if (results === "direct" && !engine?.locate) {
    throw new TypeError(
      'Cannot use option results: "direct" needs an engine that knows where the data is (option engine)',
    );
  }
  booleanOption("decompress", decompress);
  booleanOption("retryLostResults", retryLostResults);
  if (retryLostResults && results === "direct") {
    throw new TypeError(
      'Cannot use option retryLostResults: it needs results: "proxy"',
    );
  }
  return {
    engine,
    results,
    keys: arrayOption("keys", keys),
    resultLifetimeMs: timeout("resultLifetimeMs", resultLifetimeMs),
    decompress,
    retryLostResults,
    balance: choiceOption("balance", balance, ["least-loaded", "hash"]),
    healthIntervalMs: interval("healthIntervalMs", healthIntervalMs),
    healthTimeoutMs: interval("healthTimeoutMs", healthTimeoutMs),
    resolve: typeof resolve === "function"
      ? resolve
      : booleanOption("resolve", resolve),
    resolveIntervalMs: interval("resolveIntervalMs", resolveIntervalMs),
    forwardHeaders: arrayOption("forwardHeaders", forwardHeaders).map((name) =>
      name.toLowerCase()
    ),
    limits: limitsOf(limits),
    maxQueries: integerOption("maxQueries", maxQueries, 1),
    pollTimeoutMs: timeout("pollTimeoutMs", pollTimeoutMs),
    pollExpiryMs: timeout("pollExpiryMs", pollExpiryMs),
    audit: functionOption("audit", audit),
    auditLiterals: booleanOption("auditLiterals", auditLiterals),
    health,
  };
}

/** Bounds that are the same for all users are checked once. */
function limitsOf(limits: GatewayOptions["limits"]): CheckedOptions["limits"] {
  if (typeof limits === "function") {
    return (context) => checkedLimits(limits(context));
  }
  const checked = checkedLimits(limits);
  return () => checked;
}

/**
 * Checks the bounds of a user.
 *
 * @throws {RangeError} When a number is out of its range.
 * @throws {TypeError} When a bound is of the wrong type.
 */
function checkedLimits(limits: GatewayLimits = {}): CheckedLimits {
  objectOption("limits", limits, GATEWAY_LIMITS, GUESSED_LIMITS);
  const {
    maxQueriesPerUser = 1_000,
    maxQueryRows = Infinity,
    maxQueryBytes = Infinity,
    queryTimeoutMs = 3_600_000,
  } = limits;
  return {
    maxQueriesPerUser: boundOption("maxQueriesPerUser", maxQueriesPerUser),
    maxQueryRows: boundOption("maxQueryRows", maxQueryRows),
    maxQueryBytes: boundOption("maxQueryBytes", maxQueryBytes),
    queryTimeoutMs: queryTimeoutMs === Infinity
      ? queryTimeoutMs
      : timeout("queryTimeoutMs", queryTimeoutMs),
  };
}

function interval(name: string, value: number): number {
  return integerOption(name, value, 1, MAX_TIMER_MS);
}

function timeout(name: string, value: number): number {
  return durationOption(name, value, MAX_TIMER_MS);
}
