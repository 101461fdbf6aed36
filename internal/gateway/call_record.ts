/** The calls of clients: their bounds, and their entries in the audit log. */

import { quietly } from "../base/handled.ts";
import { FlightError } from "../core/flight_error.ts";
import type { FlightCallContext } from "../interceptors/call_context.ts";
import type { CheckedOptions } from "./options.ts";
import type { Passed, Query } from "./queries.ts";
import type { Request } from "./requests.ts";
import { withoutLiterals } from "./sql_text.ts";

/** The call of a client, from its begin to its end. It gathers the entry of the audit log. */
export class CallRecord {
  /** Name of the command or action. */
  command: string | undefined;
  /** Text of the statement. */
  sql: string | undefined;
  /** Identifier of the query. */
  queryId: string | undefined;
  /** Location of the replica. */
  replica: string | undefined;
  readonly result: Passed = { rows: 0, bytes: 0 };
  readonly upload: Passed = { rows: 0, bytes: 0 };
  /** Aborted when the client is gone, or the query that the call works for has ended. */
  signal: AbortSignal;
  readonly #context: FlightCallContext;
  readonly #options: CheckedOptions;
  readonly #start = new Date();
  readonly #startMs = performance.now();
  #leave: (() => void) | undefined;
  #isOver = false;

  constructor(context: FlightCallContext, options: CheckedOptions) {
    this.#context = context;
    this.#options = options;
    this.signal = context.signal;
  }

  /** Has the call work for a query, until the call is over: then `leave` is called. */
  join(query: Query, leave: () => void): void {
    this.#leave = leave;
    this.signal = AbortSignal.any([this.signal, query.signal]);
  }

  /** Notes what was asked. */
  asks({ command, sql }: Request): void {
    this.command = command;
    this.sql = sql;
  }

  /** Ends the call, once: leaves its query, and writes the entry. */
  readonly end = (error?: unknown): void => {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#leave?.();
    const { audit, auditLiterals } = this.#options;
    if (audit === undefined) return;
    const { method, peer, peerIdentity } = this.#context;
    const { command, sql, queryId, replica, result, upload } = this;
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
        rows: result.rows,
        bytes: result.bytes,
        uploadedRows: upload.rows,
        uploadedBytes: upload.bytes,
      })
    );
  };
}

function codeOf(error: unknown): FlightError["code"] | "OK" {
  if (error === undefined) return "OK";
  return FlightError.is(error) ? error.code : "UNKNOWN";
}
