/** Errors as the page shows them. */

import { FlightError } from "@contrail/flight/web";

/** An error in three parts. */
interface ErrorText {
  /** Name of the gRPC status code, or of the class of another error. */
  readonly code: string;
  /** The words of the server. */
  readonly details: string;
  /** Advice; `undefined` where there is none. */
  readonly hint: string | undefined;
}

const HINTS: Readonly<Record<string, string>> = {
  UNAUTHENTICATED: "Sign in with a user that the server knows.",
  PERMISSION_DENIED:
    "This user may not do that. A server of files changes nothing unless it runs with --read-write.",
  INVALID_ARGUMENT:
    "Check the statement: names of tables and columns are in the catalog.",
  NOT_FOUND:
    "The catalog has all names: refresh it if something is missing there.",
  UNAVAILABLE:
    "The server does not answer. Check that it still runs, then try again.",
  DEADLINE_EXCEEDED:
    "The server ended it for taking too long: ask for less, or raise --query-timeout.",
  RESOURCE_EXHAUSTED:
    "A limit of the server or of the page was reached: ask for fewer rows or columns.",
  UNIMPLEMENTED: "This server does not offer that.",
  INTERNAL: "This is a fault of the server: its log may say more.",
  DATA_LOSS: "Data arrived damaged: try again.",
};

const MISFIT_HINT =
  "SQLite columns hold values of any type. CAST in the statement gives the column another type, and a server that runs with --on-mismatch converts such values, or makes them null.";

/** Splits an error into what the page shows. */
export function errorText(error: unknown): ErrorText {
  if (FlightError.is(error)) {
    const { code } = error;
    // The page reads from no other server than its own, which has permitted it.
    const details = error.details
      .replace(/ \(endpoints\[0\], [^()]*\)$/, "")
      .replace(/; only the console of the browser .*$/, "");
    const hint = misfitColumn(error) === undefined ? HINTS[code] : MISFIT_HINT;
    return { code, details: details || "no details", hint };
  }
  if (error instanceof Error) {
    return { code: error.name, details: error.message, hint: undefined };
  }
  return { code: "Error", details: String(error), hint: undefined };
}

/** The column of a value that does not fit its type, where that is the error of a SQLite database. */
export function misfitColumn(error: unknown): string | undefined {
  if (!FlightError.is(error) || error.code !== "FAILED_PRECONDITION") {
    return undefined;
  }
  return /^Row \d+ holds .* in column "(.*)"(?: \(declared .*\))?, which is no /s
    .exec(error.details)?.[1];
}

/** True if the caller has to sign in. */
export function needsLogin(error: unknown): boolean {
  return FlightError.is(error) && error.code === "UNAUTHENTICATED";
}
