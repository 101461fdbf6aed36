/**
 * An implementation of Flight that is not ours, with its testers: a server and
 * a client that have the command lines of those that Arrow's runner starts.
 *
 * @module
 */

/** The commands of the testers, to be given options. */
export interface Testers {
  /** Takes `--port` and `--scenario`. */
  readonly server: readonly string[];
  /** Takes `--host`, `--port`, and `--scenario` or `--path`. */
  readonly client: readonly string[];
  /**
   * Command that runs many clients at the same time. It also takes `--clients`
   * and `--seconds`, and prints the number of successful rounds. Undefined if
   * the client must be started each time.
   */
  readonly load?: readonly string[];
  /** Server of gRPC-Web, which takes `--port`; undefined if there is none. */
  readonly web?: readonly string[];
}

/** The testers, or why there are none. */
export type FoundTesters = Testers | { readonly problem: string };

/** An implementation. */
export interface Implementation {
  /** Name for humans. */
  readonly title: string;
  /** Name and version of the tested implementation. */
  readonly version: string;
  /** The scenarios that its testers do not have, and why. */
  readonly lacks: Readonly<Record<string, string>>;
  /** The data files that its server sends back without metadata, and why. */
  readonly unnumbered?: {
    readonly files: readonly string[];
    readonly reason: string;
  };
  /** Finds the testers, and has them built where they are missing. */
  find(): Promise<FoundTesters>;
}

/** Says of every scenario of Flight SQL why the testers do not have it. */
export function lacksSql(reason: string): Readonly<Record<string, string>> {
  return {
    "flight_sql": reason,
    "flight_sql:extension": reason,
    "flight_sql:ingestion": reason,
  };
}
