/**
 * What cannot work yet, and why. A case that is listed here and passes is an
 * error: the entry has to go.
 *
 * @module
 */

/** What is expected to fail. */
export interface KnownFailure {
  /** Names of cases. */
  readonly cases: readonly string[];
  /** Which side is ours; both where it is left out. */
  readonly ours?: "client" | "server";
  /** Which runtime; both where it is left out. */
  readonly runtime?: "deno" | "bun";
  /** Why it fails. */
  readonly reason: string;
}

/** Everything that is expected to fail. */
export const KNOWN_FAILURES: readonly KnownFailure[] = [
  {
    cases: [
      "h2spec with default options http2/4.2: Sends a large size HEADERS " +
      "frame that exceeds the SETTINGS_MAX_FRAME_SIZE",
    ],
    reason: "it takes a HEADERS frame of 20 KB for too large without looking " +
      "at what the server accepts, which is 1 MiB by default",
  },
];

/** Why a case is expected to fail; undefined where it is not. */
export function knownFailure(
  name: string,
  ours: "client" | "server",
  runtime: "deno" | "bun",
): string | undefined {
  return KNOWN_FAILURES.find((known) =>
    known.cases.includes(name) && (known.ours ?? ours) === ours &&
    (known.runtime ?? runtime) === runtime
  )?.reason;
}
