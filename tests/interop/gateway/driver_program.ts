/**
 * A driver for databases as a program that runs statements: `adbc_rows.py`, or `JdbcRows.java`.
 *
 * @module
 */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** Names of the drivers. */
export type DriverTitle = "ADBC" | "JDBC";

/** The commands of the drivers that this machine has; each is followed by a location. */
export type DriverCommands = {
  readonly [N in DriverTitle]?: readonly string[];
};

/** Answer to a step. */
interface Answer {
  readonly rows?: readonly (readonly unknown[])[];
  readonly count?: number;
  readonly error?: string;
}

const STEP_TIMEOUT_MS = 60_000;
const MAX_LOG = 4000;

/** A running program. */
export class DriverProgram implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #log = "";

  /**
   * @param command The command of the driver.
   * @param location The server.
   */
  constructor([program, ...args]: readonly string[], location: string) {
    this.#child = spawn(program!, [...args, location]);
    this.#child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      this.#log = (this.#log + text).slice(-MAX_LOG);
    });
    const lines = createInterface({ input: this.#child.stdout! });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** Runs a query; parameters are integers. */
  async query(
    sql: string,
    ...parameters: readonly number[]
  ): Promise<readonly (readonly unknown[])[]> {
    const { rows } = await this.#run("query", sql, ...parameters);
    return rows!;
  }

  /** Runs any other statement, and returns the number of its rows. */
  async update(sql: string): Promise<number> {
    return (await this.#run("update", sql)).count!;
  }

  /** The names of the tables. */
  async tables(): Promise<unknown[]> {
    return (await this.#run("tables")).rows!.map(([name]) => name);
  }

  async #run(...step: readonly (string | number)[]): Promise<Answer> {
    this.#child.stdin!.write(`${step.join("\t")}\n`);
    const late = setTimeout(() => this.#child.kill("SIGKILL"), STEP_TIMEOUT_MS);
    const { value, done } = await this.#lines.next();
    clearTimeout(late);
    if (done) throw new Error(`the driver has ended: ${this.#log}`);
    const answer = JSON.parse(value) as Answer;
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }

  /** Ends the program. */
  async [Symbol.asyncDispose](): Promise<void> {
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== null || signalCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("close", resolve));
    this.#child.stdin!.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 5000);
    await ended;
    clearTimeout(timer);
  }
}
