/** Turns failures of SQLite into the codes of a call. */

import {
  FlightError,
  type FlightErrorCode,
} from "../../../core/flight_error.ts";
import { Mismatch } from "./column_builder.ts";

/** Result codes of SQLite by number: primary ones, and the extended ones that tell more. */
const NAMES: Readonly<Record<number, string>> = {
  1: "SQLITE_ERROR",
  3: "SQLITE_PERM",
  4: "SQLITE_ABORT",
  5: "SQLITE_BUSY",
  6: "SQLITE_LOCKED",
  7: "SQLITE_NOMEM",
  8: "SQLITE_READONLY",
  9: "SQLITE_INTERRUPT",
  10: "SQLITE_IOERR",
  11: "SQLITE_CORRUPT",
  12: "SQLITE_NOTFOUND",
  13: "SQLITE_FULL",
  14: "SQLITE_CANTOPEN",
  15: "SQLITE_PROTOCOL",
  17: "SQLITE_SCHEMA",
  18: "SQLITE_TOOBIG",
  19: "SQLITE_CONSTRAINT",
  20: "SQLITE_MISMATCH",
  21: "SQLITE_MISUSE",
  23: "SQLITE_AUTH",
  25: "SQLITE_RANGE",
  26: "SQLITE_NOTADB",
  261: "SQLITE_BUSY_RECOVERY",
  266: "SQLITE_IOERR_READ",
  275: "SQLITE_CONSTRAINT_CHECK",
  517: "SQLITE_BUSY_SNAPSHOT",
  522: "SQLITE_IOERR_SHORT_READ",
  773: "SQLITE_BUSY_TIMEOUT",
  778: "SQLITE_IOERR_WRITE",
  787: "SQLITE_CONSTRAINT_FOREIGNKEY",
  1032: "SQLITE_READONLY_DBMOVED",
  1299: "SQLITE_CONSTRAINT_NOTNULL",
  1555: "SQLITE_CONSTRAINT_PRIMARYKEY",
  1811: "SQLITE_CONSTRAINT_TRIGGER",
  2067: "SQLITE_CONSTRAINT_UNIQUE",
  2579: "SQLITE_CONSTRAINT_ROWID",
  3091: "SQLITE_CONSTRAINT_DATATYPE",
  4874: "SQLITE_IOERR_SHMSIZE",
};

/** Codes by message, for runtimes whose errors have no number. */
const MESSAGES: readonly (readonly [pattern: RegExp, code: number])[] = [
  [/database (table |schema )?is locked/, 5],
  [/readonly database/, 8],
  [/disk I\/O error/, 10],
  [/malformed/, 11],
  [/database or disk is full/, 13],
  [/unable to open database/, 14],
  [/too big/, 18],
  [/UNIQUE constraint failed/, 2067],
  [/FOREIGN KEY constraint failed/, 787],
  [/NOT NULL constraint failed/, 1299],
  [/CHECK constraint failed/, 275],
  [/constraint failed|cannot store/, 19],
  [/datatype mismatch/, 20],
  [/not authorized|prohibited/, 23],
  [/out of range/, 25],
  [/not a database/, 26],
  [/out of memory/, 7],
  [/interrupted/, 9],
];

const CODES: Readonly<Record<number, FlightErrorCode>> = {
  3: "PERMISSION_DENIED",
  4: "ABORTED",
  5: "UNAVAILABLE",
  6: "UNAVAILABLE",
  7: "RESOURCE_EXHAUSTED",
  8: "FAILED_PRECONDITION",
  9: "CANCELLED",
  10: "UNAVAILABLE",
  11: "DATA_LOSS",
  13: "RESOURCE_EXHAUSTED",
  14: "NOT_FOUND",
  15: "UNAVAILABLE",
  17: "ABORTED",
  18: "RESOURCE_EXHAUSTED",
  19: "FAILED_PRECONDITION",
  20: "INVALID_ARGUMENT",
  21: "INTERNAL",
  23: "PERMISSION_DENIED",
  25: "INVALID_ARGUMENT",
  26: "DATA_LOSS",
};

/** Extended codes that mean something else than their primary code. */
const EXTENDED: Readonly<Record<number, FlightErrorCode>> = {
  517: "ABORTED",
  522: "DATA_LOSS",
  // A full disk has a code of its own, but not a quota or a limit of the system.
  778: "RESOURCE_EXHAUSTED",
  4874: "RESOURCE_EXHAUSTED",
  1555: "ALREADY_EXISTS",
  2067: "ALREADY_EXISTS",
  2579: "ALREADY_EXISTS",
};

/** Further help, by code, and by primary code. */
const HINTS: Readonly<Record<number, string>> = {
  5: "another connection holds the lock; the option busyTimeoutMs sets how long to wait for it",
  13:
    "the disk has no room, or the file is as large as the option maxFileBytes allows",
  18: "the option maxValueBytes bounds the size of a value",
  778:
    "the system takes no more data: a quota or a limit of file sizes is reached, or the disk fails",
  4874:
    "the system takes no more data: the disk, a quota or a limit of file sizes is exhausted",
};

/** A failure in a form that a worker can send. */
export interface PlainFailure {
  /** Code of the error. */
  readonly code: FlightErrorCode;
  /** Text of the error. */
  readonly details: string;
}

/** Error of `node:sqlite`. */
interface SqliteThrown {
  readonly message: string;
  readonly code?: string;
  readonly errcode?: number;
}

/** Code and text of anything that the engine throws. */
export function plainFailure(error: unknown): PlainFailure {
  if (error instanceof FlightError) {
    return { code: error.code, details: error.details };
  }
  if (error instanceof Mismatch) {
    return { code: "FAILED_PRECONDITION", details: error.message };
  }
  const { message, code, errcode } = error as SqliteThrown;
  const text = String(message);
  if (code !== "ERR_SQLITE_ERROR" && errcode === undefined) {
    const byMessage = MESSAGES.some(([pattern]) => pattern.test(text));
    if (!byMessage) return { code: "INTERNAL", details: `SQLite: ${text}` };
  }
  const number = numberOf(text, errcode);
  const primary = number & 0xff;
  const name = NAMES[number] ?? NAMES[primary] ?? `SQLite code ${number}`;
  const help = HINTS[number] ?? HINTS[primary];
  const hint = help ? `; ${help}` : "";
  return { code: codeOf(text, number), details: `${text} (${name})${hint}` };
}

function numberOf(text: string, errcode: number | undefined): number {
  const byMessage = MESSAGES.find(([pattern]) => pattern.test(text))?.[1];
  // A plain SQLITE_ERROR may hide what the message tells.
  if (errcode === undefined || (errcode === 1 && byMessage === 23)) {
    return byMessage ?? 1;
  }
  return errcode === 19 && byMessage !== undefined ? byMessage : errcode;
}

function codeOf(text: string, number: number): FlightErrorCode {
  const primary = number & 0xff;
  if (primary === 1) {
    if (/^no such (table|view|index|trigger|savepoint)/.test(text)) {
      return "NOT_FOUND";
    }
    return /already exists|already another table/.test(text)
      ? "ALREADY_EXISTS"
      : "INVALID_ARGUMENT";
  }
  return EXTENDED[number] ?? CODES[primary] ?? "INTERNAL";
}
