/** `flight sql`: queries, and a prompt for them. */

import process from "node:process";
import { flightSql, type FlightSqlClient } from "@contrail/flight/sql";
import { Command } from "commander";
import {
  type ConnectionOptions,
  connectionOptions,
  connectTo,
} from "../connection.ts";
import { interruptible } from "../command_line.ts";
import { UsageError } from "../exit_code.ts";
import { type OutputOptions, outputOptions } from "../options.ts";
import type { Output } from "../output/output.ts";
import { printBatches } from "../output/printer.ts";
import { fileOption, formatFor, openTarget } from "../output/target.ts";
import { progressOf } from "../progress.ts";
import { Prompt } from "../sql/prompt.ts";
import { NOT_COMMITTED, SqlSession } from "../sql/run_statement.ts";
import { statementsOf } from "../sql/script.ts";

/** The options of the command. */
interface SqlOptions extends OutputOptions, ConnectionOptions {
  readonly file?: string;
  readonly catalog?: string;
  readonly schema?: string;
}

/** Makes the command. */
export function sqlCommand(): Command {
  const command = new Command("sql")
    .summary("run SQL, or open a prompt for it")
    .description(
      `Runs statements over Flight SQL, those of the argument or else of standard input,
and ends with the first that fails. On a terminal without an argument it opens a
prompt with history, completion of names, and Ctrl-C to cancel.

Rows are written while they arrive. What other statements have done is told on
standard error. BEGIN, COMMIT and ROLLBACK are those of Flight SQL.`,
    )
    .argument("<location>", "the server")
    .argument("[sql]", "one statement, or several with semicolons between them")
    .addOption(fileOption())
    .option("--catalog <name>", "catalog of names that have none")
    .option("--schema <name>", "schema of names that have none");
  outputOptions(command);
  connectionOptions(command);
  return command.action(sql);
}

/** Makes the client, whose session has the names of the options. */
async function openClient(
  location: string,
  options: SqlOptions,
): Promise<FlightSqlClient> {
  const client = flightSql(await connectTo(location, options));
  const { catalog, schema } = options;
  if (catalog === undefined && schema === undefined) return client;
  try {
    await client.use({ catalog, schema });
    return client;
  } catch (error) {
    await client.close();
    throw error;
  }
}

async function sql(
  location: string,
  text: string | undefined,
  options: SqlOptions,
  command: Command,
): Promise<void> {
  const format = formatFor(command, options);
  if (text === undefined && process.stdin.isTTY && process.stdout.isTTY) {
    if (options.file !== undefined || format === "arrow") {
      throw new UsageError("a prompt writes to the terminal, and no Arrow");
    }
    await using client = await openClient(location, options);
    const settings = { output: options.output, limit: options.limit };
    await using session = new SqlSession(client);
    return await new Prompt(session, settings).run();
  }
  await interruptible(async (signal) => {
    await using client = await openClient(location, options);
    await using session = new SqlSession(client);
    // One file has one result.
    let output: Output | undefined;
    const statements = statementsOf(text ?? process.stdin, session, signal);
    for await (const statement of statements) {
      const outcome = await session.run(statement, signal, async (batches) => {
        await batches.schema;
        if (output !== undefined && options.file !== undefined) {
          throw new UsageError("--file takes the rows of one statement");
        }
        const target = await openTarget(format, options.file);
        output = target.output;
        const progress = progressOf("sql", {
          unit: "rows",
          isHidden: output.isTerminal,
        });
        try {
          return await printBatches(target.printer, batches, {
            limit: options.limit,
            onRows: (rows) => progress.to(rows),
          });
        } finally {
          progress.stop();
          await output.close();
        }
      });
      if (!/^[\d,]+ rows?$/.test(outcome)) {
        process.stderr.write(`${outcome}\n`);
      }
    }
    if (session.isInTransaction) {
      throw new UsageError(NOT_COMMITTED);
    }
  });
}
