/** The prompt: statements that are typed, one after the other. */

import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { type FlightError, typeText } from "@contrail/flight/client";
import { exitOf, Interrupted, UsageError } from "../exit_code.ts";
import { Output } from "../output/output.ts";
import { plainText } from "../output/plain_text.ts";
import {
  type Format,
  FORMATS,
  printBatches,
  printerOf,
} from "../output/printer.ts";
import { printRows } from "../output/rows.ts";
import { findTable } from "./find_table.ts";
import { addToHistory, readHistory } from "./history.ts";
import { Names } from "./names.ts";
import { NOT_COMMITTED, type SqlSession } from "./run_statement.ts";
import { StatementSplitter } from "./splitter.ts";
import { isDefinition } from "./statements.ts";

const HELP =
  `End a statement with a semicolon. Tab completes names, Ctrl-C cancels, Ctrl-D ends.

  BEGIN; COMMIT; ROLLBACK;   a transaction of several statements
  SAVEPOINT NAME;            a place in it; ROLLBACK TO NAME; RELEASE NAME;
  .tables                    list the tables
  .schema TABLE              show the columns of a table
  .output FORMAT             table, csv or json
  .limit ROWS                write at most so many rows; 0 for all
  .help                      show this
  .quit                      end`;

/** Form and length of results. */
interface Settings {
  output: Format;
  limit: number | undefined;
}

/** A prompt on the terminal. */
export class Prompt {
  readonly #session: SqlSession;
  readonly #settings: Settings;
  readonly #names = new Names();
  readonly #closing = new AbortController();
  readonly #splitter = new StatementSplitter();
  #reader!: Interface;
  #running: AbortController | undefined;

  constructor(session: SqlSession, settings: Settings) {
    this.#session = session;
    this.#settings = { ...settings };
  }

  /** Reads and runs statements up to the end of the input. */
  async run(): Promise<void> {
    const reader = createInterface({
      input: process.stdin,
      output: process.stdout,
      completer: (line: string) => this.#names.complete(line),
      history: await readHistory(),
      historySize: 1000,
      removeHistoryDuplicates: true,
    });
    this.#reader = reader;
    reader.on("SIGINT", () => this.#interrupt());
    const { signal } = this.#closing;
    const loaded = this.#names.load(this.#session.client, signal)
      .then((failure) => failure && this.#warn(failure));
    const lines: string[] = [];
    let isEnded = false;
    let wake = (): void => {};
    reader.on("line", (line) => {
      lines.push(line);
      wake();
    });
    reader.on("close", () => {
      isEnded = true;
      this.#running?.abort(new Interrupted(0));
      wake();
    });
    this.#ask();
    while (true) {
      const line = lines.shift();
      if (line === undefined) {
        if (isEnded) break;
        await new Promise<void>((resolve) => wake = resolve);
        continue;
      }
      if (!await this.#take(line)) break;
      if (!isEnded) this.#ask();
    }
    this.#closing.abort();
    await loaded;
    reader.close();
    const isUndone = this.#session.isInTransaction;
    process.stdout.write(isUndone ? `\n${NOT_COMMITTED}\n` : "\n");
  }

  #ask(): void {
    const mark = this.#session.isInTransaction ? "*" : "";
    const prompt = this.#splitter.isBegun ? `${mark}  -> ` : `sql${mark}> `;
    this.#reader.setPrompt(prompt);
    this.#reader.prompt();
  }

  /** Says at once that the server cannot be used; a statement that runs says so itself. */
  #warn({ message }: FlightError): void {
    if (this.#running !== undefined) return;
    process.stdout.write(`\n${plainText(message)}\n`);
    this.#reader.prompt(true);
  }

  /** Ctrl-C: cancels what runs, else forgets what was typed. */
  #interrupt(): void {
    if (this.#running !== undefined) {
      this.#running.abort(new Interrupted(130));
      return;
    }
    this.#splitter.clear();
    // Ends the line, whose text readline keeps otherwise.
    this.#reader.write(null, { ctrl: true, name: "e" });
    this.#reader.write(null, { ctrl: true, name: "u" });
    process.stdout.write("^C\n");
    this.#ask();
  }

  /** Takes a line; false where it ends the prompt. */
  async #take(line: string): Promise<boolean> {
    await addToHistory(line);
    if (!this.#splitter.isBegun && line.trimStart().startsWith(".")) {
      const [, command = "", argument = ""] =
        /^(\S+)\s*(.*)$/.exec(line.trim()) ?? [];
      if (command === ".quit" || command === ".exit") return false;
      await this.#guard((signal) => this.#command(command, argument, signal));
      return true;
    }
    const part = `${line}\n`;
    await this.#guard(async (signal) => {
      this.#splitter.dialect = await this.#session.dialectFor(part, signal);
    });
    for (const { text } of this.#splitter.push(part)) {
      const isDone = await this.#guard((signal) =>
        this.#statement(text, signal)
      );
      if (!isDone) break;
    }
    return true;
  }

  async #statement(statement: string, signal: AbortSignal): Promise<void> {
    const begin = performance.now();
    const { output, limit } = this.#settings;
    const outcome = await this.#session.run(
      statement,
      signal,
      (batches) =>
        printBatches(printerOf(output, Output.standard()), batches, { limit }),
    );
    const seconds = ((performance.now() - begin) / 1000).toFixed(3);
    process.stdout.write(`${outcome} (${seconds} s)\n`);
    if (isDefinition(statement)) {
      await this.#names.load(this.#session.client, signal);
    }
  }

  async #command(
    command: string,
    argument: string,
    signal: AbortSignal,
  ): Promise<void> {
    const { client } = this.#session;
    const settings = this.#settings;
    switch (command) {
      case ".help":
        process.stdout.write(`${HELP}\n`);
        return;
      case ".tables":
        return await printRows(
          settings,
          { catalog: "text", schema: "text", name: "text", type: "text" },
          (await client.tables({ signal })).map(
            ({ catalog, schema, name, type }) => ({
              catalog,
              schema,
              name,
              type,
            }),
          ),
        );
      case ".schema": {
        if (argument === "") throw new UsageError(".schema TABLE");
        const tables = await client.tables({ includeSchema: true, signal });
        const table = findTable(tables, argument);
        if (table.tableSchema === undefined) {
          throw new UsageError("the server does not tell the columns");
        }
        return await printRows(
          settings,
          { column: "text", type: "text", nullable: "flag" },
          table.tableSchema.fields.map(({ name, type, nullable }) => ({
            column: name,
            type: typeText(type),
            nullable,
          })),
        );
      }
      case ".output": {
        const format = FORMATS.find((name) => name === argument);
        if (format === undefined || format === "arrow") {
          throw new UsageError(".output table, csv or json");
        }
        settings.output = format;
        return;
      }
      case ".limit":
        if (!/^\d+$/.test(argument)) throw new UsageError(".limit ROWS");
        settings.limit = Number(argument) || undefined;
        return;
      default:
        throw new UsageError(
          `there is no ${command}: .help lists what there is`,
        );
    }
  }

  /** Runs something that Ctrl-C cancels, and says what is wrong with it; false where it failed. */
  async #guard(run: (signal: AbortSignal) => Promise<void>): Promise<boolean> {
    const running = this.#running = new AbortController();
    try {
      await run(running.signal);
      return true;
    } catch (error) {
      const reason = running.signal.aborted ? running.signal.reason : error;
      const { message = "canceled" } = exitOf(reason);
      const lines = message.split("\n").map(plainText);
      process.stdout.write(`${lines.join("\n")}\n`);
      return false;
    } finally {
      this.#running = undefined;
    }
  }
}
