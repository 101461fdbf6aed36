/**
 * Cases that cannot pass yet, with the reason. A listed case that passes is an
 * error: remove its entry.
 *
 * @module
 */

import type { PartName } from "./options.ts";

/** Expected failure. */
export interface KnownFailure {
  /** Names of cases. */
  readonly cases: readonly string[];
  /** The parts that have these cases; any where it is left out. */
  readonly parts?: readonly PartName[];
  /** Reason for the failure. */
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
  {
    cases: [
      "h2spec with default options http2/4.2: Sends a DATA frame with 2^14 " +
      "octets in length",
    ],
    reason:
      "it sends a frame of the 1 MiB that the server accepts by default " +
      "into a window of 64 KiB, which is a flow-control error",
  },
  {
    parts: ["gateway"],
    cases: ["ADBC: statements after a commit"],
    reason:
      "the driver does not name the transaction of a statement, and the " +
      "server finds it by the connection, which all clients share behind a gateway",
  },
  {
    parts: ["go", "cpp"],
    cases: ["data map_non_canonical"],
    reason:
      "Go and C++ call the fields inside every map entries, key and value",
  },
  {
    parts: ["java"],
    cases: ["data decimal32", "data decimal64"],
    reason: "Arrow in Java does not have these types",
  },
  {
    parts: ["java"],
    cases: ["data nested_dictionary"],
    reason: "Arrow in Java gives lists in dictionaries another field name",
  },
];

/**
 * Returns the reason why a case is expected to fail; undefined if it is not.
 */
export function knownFailure(
  name: string,
  part: PartName,
): string | undefined {
  return KNOWN_FAILURES.find(({ cases, parts }) =>
    cases.includes(name) && (parts?.includes(part) ?? true)
  )?.reason;
}
