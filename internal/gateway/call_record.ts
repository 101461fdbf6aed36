/** Entries of the audit log. */

import { quietly } from "../base/handled.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import type { CheckedOptions } from "./options.ts";
import type { Request } from "./requests.ts";
import { withoutLiterals } from "./sql_text.ts";

/** Gathers an entry of the audit log. */
export class CallRecord {
  /** Name of the command or action. */
  command: string | undefined;
  /** Text of the statement. */
  sql: string | undefined;
  /** Identifier of the query. */
  queryId: string | undefined;
  /** Location of the replica. */
  replica: string | undefined;
  /** Rows and bytes that passed through. */
  rows = 0;
  bytes = 0;
  readonly #context: FlightCallContext;
  readonly #options: CheckedOptions;
  readonly #start = new Date();
  readonly #startMs = performance.now();
  #isOver = false;

  constructor(context: FlightCallContext, options: CheckedOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Notes what was asked. */
  asks({ command, sql }: Request): void {
    this.command = command;
    this.sql = sql;
  }

  /** Writes the entry, once. */
  readonly end = (error?: unknown): void => {
    const { audit, auditLiterals } = this.#options;
    if (this.#isOver || audit === undefined) return;
    this.#isOver = true;
    const { method, peer, peerIdentity } = this.#context;
    const { command, sql, queryId, replica, rows, bytes } = this;
    quietly(() =>
      audit({
        start: this.#start,
        durationMs: performance.now() - this.#startMs,
        user: peerIdentity,
        peer,
        method,
        command,
        sql: sql === undefined || auditLiterals ? sql : withoutLiterals(sql),
        queryId,
        replica,
        code: codeOf(error),
        rows,
        bytes,
      })
    );
  };
}

function codeOf(error: unknown): FlightError["code"] | "OK" {
  if (error === undefined) return "OK";
  return FlightError.is(error) ? error.code : "UNKNOWN";
}
