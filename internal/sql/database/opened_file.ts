/** The file of a database that is open. */

import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { FlightError } from "../../core/flight_error.ts";

/** Tells a file from others that have had its path. */
export interface FileIdentity {
  readonly dev: number;
  /** Null where Deno does not know it. */
  readonly ino: number | null;
}

type FileStatus = FileIdentity & {
  readonly isDirectory: boolean | (() => boolean);
};

/** Deno, whose `statSync` takes a twentieth of the time of the one in its `node:fs` (2.9.6). */
const { Deno: deno } = globalThis as {
  Deno?: { statSync(path: string): FileStatus };
};

/** A file as it was when it was opened. An engine goes on with one that has lost its name: its changes are lost. */
export class OpenedFile {
  readonly #path: string;
  readonly #advice: string;
  readonly identity: FileIdentity;

  /**
   * @param path The file, which must be there.
   * @param identity Its identity when it was opened; by default, it is opened now.
   * @param advice End of the error for another file in its place: what to do.
   * @throws {FlightError} When it is not there, or is a folder.
   */
  constructor(
    path: string,
    identity: FileIdentity = fileIdentity(path),
    advice = "",
  ) {
    this.#path = path;
    this.#advice = advice;
    this.identity = identity;
  }

  /** The file that an engine has opened by a path; `undefined` where that names none, such as `:memory:`. */
  static at(path: string, advice?: string): OpenedFile | undefined {
    return existsSync(path)
      ? new OpenedFile(resolve(path), undefined, advice)
      : undefined;
  }

  /** True as long as the file at the path is this one. */
  get isCurrent(): boolean {
    try {
      return this.#isAt(fileIdentity(this.#path));
    } catch {
      return false;
    }
  }

  /**
   * Fails when the file at the path is no longer this one.
   *
   * @throws {FlightError} NOT_FOUND when there is none, FAILED_PRECONDITION when it is another one.
   */
  check(): void {
    if (this.#isAt(fileIdentity(this.#path))) return;
    throw new FlightError(
      "FAILED_PRECONDITION",
      `Cannot use the database: another file has taken the place of ${this.#path} since it was opened${this.#advice}`,
    );
  }

  #isAt({ dev, ino }: FileIdentity): boolean {
    return dev === this.identity.dev && ino === this.identity.ino;
  }
}

function fileIdentity(path: string): FileIdentity {
  const status = statOf(path);
  const { dev, ino, isDirectory } = status;
  // Node's objects need theirs.
  const isFolder = typeof isDirectory === "function"
    ? isDirectory.call(status)
    : isDirectory;
  if (!isFolder) return { dev, ino };
  throw new FlightError(
    "FAILED_PRECONDITION",
    `Cannot open the database ${path}: it is a folder`,
  );
}

function statOf(path: string): FileStatus {
  try {
    return deno === undefined ? statSync(path) : deno.statSync(path);
  } catch (error) {
    throw new FlightError(
      (error as { code?: string }).code === "ENOENT"
        ? "NOT_FOUND"
        : "PERMISSION_DENIED",
      `Cannot open the database ${path}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}
