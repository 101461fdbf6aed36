/** Turns failures of DuckDB into the codes of a call. */

import { FlightError, type FlightErrorCode } from "../../core/flight_error.ts";

/** Codes by the start of the message, the first that fits. */
const CODES: readonly (readonly [pattern: RegExp, code: FlightErrorCode])[] = [
  // Also where a commit fails.
  [
    /^(IO|TransactionContext) Error: .*(No space left|quota exceeded|File too large)/s,
    "RESOURCE_EXHAUSTED",
  ],
  [/^Catalog Error: Column\b/, "INVALID_ARGUMENT"],
  [/^Catalog Error: .*already exists/s, "ALREADY_EXISTS"],
  [
    /^(Catalog|Binder) Error: (Table|View|Schema|Catalog|Sequence|Index)\b[^\n]*(does not exist|not found)/,
    "NOT_FOUND",
  ],
  // In a statement, in an ingest, and where a commit fails.
  [
    /^(Constraint|TransactionContext) Error: .*(duplicate key|violates (primary|unique) key)/is,
    "ALREADY_EXISTS",
  ],
  [/^Constraint Error/, "FAILED_PRECONDITION"],
  [/^IO Error: .*(No such file|does not exist)/s, "NOT_FOUND"],
  [/read-only mode|read-only transaction/, "FAILED_PRECONDITION"],
  [
    /^TransactionContext Error: .*conflict|^Transaction(Context)? Error: .*[Cc]onflict/s,
    "ABORTED",
  ],
  [/^TransactionContext Error/, "FAILED_PRECONDITION"],
  [/^Permission Error/, "PERMISSION_DENIED"],
  [
    /^IO Error: .*(not a valid DuckDB|corrupt|checksum|Could not read enough bytes)/is,
    "DATA_LOSS",
  ],
  // A path that only an extension opens.
  [
    /^(IO Error: Extension "|Extension Autoloading Error)/,
    "FAILED_PRECONDITION",
  ],
  [/^IO Error: .*Permission denied/s, "PERMISSION_DENIED"],
  [/^IO Error: .*(Is a directory|Read-only file)/s, "FAILED_PRECONDITION"],
  [/^IO Error/, "UNAVAILABLE"],
  [/^Serialization Error/, "DATA_LOSS"],
  [/^Out of Memory Error/, "RESOURCE_EXHAUSTED"],
  [/^Out of Range Error/, "OUT_OF_RANGE"],
  [/^INTERRUPT Error/i, "CANCELLED"],
  [/^Not implemented Error/, "UNIMPLEMENTED"],
  [/^(INTERNAL|FATAL) Error/, "INTERNAL"],
  // A setting whose value is wrong.
  [/^Failed to set config/, "INVALID_ARGUMENT"],
  [
    /^(Parser|Syntax|Binder|Catalog|Invalid Input|Conversion|Mismatch Type|Parameter Not Resolved|Invalid Type|Value|Dependency|Invalid Configuration|Settings|Expression) Error/i,
    "INVALID_ARGUMENT",
  ],
];

/**
 * Pattern in place of a file that has gone. The engine takes its name for that of a folder, whose files it may not
 * list.
 */
const GONE =
  /^Permission Error: Cannot access file "(.*)\/\*\*\/\*\.\w+" - file system operations are disabled/;

/** The error of a call, for anything that the engine throws. */
export function duckdbError(error: unknown): FlightError {
  if (error instanceof FlightError) return error;
  const { message } = error as { readonly message?: unknown };
  const text = String(message).replace(/^Failed to \w+ statements: /, "");
  const [, gone] = GONE.exec(text) ?? [];
  if (gone !== undefined) {
    return new FlightError(
      "NOT_FOUND",
      `DuckDB: cannot read the file "${gone}": it does not exist, or is out of reach`,
      { cause: error },
    );
  }
  const code = CODES.find(([pattern]) => pattern.test(text))?.[1];
  return new FlightError(code ?? "INTERNAL", `DuckDB: ${text}`, {
    cause: error,
  });
}
