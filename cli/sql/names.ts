/** Names to complete: tables, columns and words of SQL. */

import { FlightError } from "@contrail/flight/client";
import type { FlightSqlClient } from "@contrail/flight/sql";
import { quotedName, type Token, tokensOf } from "./tokens.ts";

const WORDS =
  "SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET JOIN LEFT RIGHT INNER OUTER CROSS ON USING AS AND OR NOT IN IS NULL LIKE BETWEEN EXISTS CASE WHEN THEN ELSE END DISTINCT COUNT SUM AVG MIN MAX CAST UNION ALL EXCEPT INTERSECT WITH RECURSIVE VALUES INSERT INTO UPDATE SET DELETE CREATE TABLE VIEW INDEX DROP ALTER ADD COLUMN PRIMARY KEY FOREIGN REFERENCES DEFAULT BEGIN COMMIT ROLLBACK RETURNING EXPLAIN DESC ASC"
    .split(" ");

/** Most candidates that are shown. */
const MAX_SHOWN = 100;

/** The names of a database, as far as they are known. */
export class Names {
  #tables = new Map<string, readonly string[]>();

  /**
   * Asks the server for its tables and columns; one that does not tell them has words only.
   *
   * @returns The failure of a server that cannot be used at all.
   */
  async load(
    client: FlightSqlClient,
    signal: AbortSignal,
  ): Promise<FlightError | undefined> {
    try {
      const tables = await client.tables({ includeSchema: true, signal });
      this.#tables = new Map(
        tables.map(({ name, tableSchema }) => [
          name,
          tableSchema?.fields.map(({ name }) => name) ?? [],
        ]),
      );
    } catch (error) {
      // Completion is a convenience: statements say what else is wrong.
      const isUseless = FlightError.is(error) && !signal.aborted &&
        /^(?:UNAVAILABLE|UNAUTHENTICATED)$/.test(error.code);
      if (isUseless) return error;
    }
    return undefined;
  }

  /**
   * Completes a line, as node:readline wants it.
   *
   * @param line The text before the cursor.
   * @returns The candidates, and the part of the line that they replace.
   */
  complete(line: string): [string[], string] {
    const tokens = [...tokensOf(line)];
    const word = begunWord(tokens);
    if (word === undefined) return [[], ""];
    const isQuoted = word.startsWith('"');
    const start = unquoted(word);
    const [table, dot] = tokens.slice(0, word === "" ? undefined : -1)
      .slice(-2);
    const columns = dot?.text === "." && this.#columnsOf(unquoted(table!.text));
    if (columns) return [quotedNames(columns, start, isQuoted), word];
    if (word === "") return [[], word];
    const names = [...this.#tables].flatMap(([name, columns]) => [
      name,
      ...columns,
    ]);
    // A word in the case in which it was begun.
    const words = isQuoted
      ? []
      : WORDS.map((name) =>
        word === word.toLowerCase() ? name.toLowerCase() : name
      );
    const found = [
      ...quotedNames(names, start, isQuoted),
      ...startingWith(words, start),
    ];
    return [[...new Set(found)].slice(0, MAX_SHOWN), word];
  }

  #columnsOf(table: string): readonly string[] | undefined {
    for (const [name, columns] of this.#tables) {
      if (name.toLowerCase() === table.toLowerCase()) return columns;
    }
    return undefined;
  }
}

/** The word or the name in quotes that a line ends in; `undefined` in a text or a comment. */
function begunWord(tokens: readonly Token[]): string | undefined {
  const last = tokens.at(-1);
  if (last === undefined) return "";
  const { kind, text, isOpen } = last;
  if (isOpen) return text.startsWith('"') ? text : undefined;
  if (kind === "word") return text;
  return kind === "space" && text.startsWith("--") ? undefined : "";
}

function unquoted(name: string): string {
  return name.startsWith('"')
    ? name.replace(/^"|"$/g, "").replaceAll('""', '"')
    : name;
}

/** Names that begin so, in quotes where they need them, or where they were begun with them. */
function quotedNames(
  names: readonly string[],
  start: string,
  isQuoted: boolean,
): string[] {
  return startingWith(names, start).map((name) =>
    isQuoted || !/^[A-Za-z_]\w*$/.test(name) ||
      WORDS.includes(name.toUpperCase())
      ? quotedName(name)
      : name
  );
}

function startingWith(names: readonly string[], start: string): string[] {
  const lower = start.toLowerCase();
  return [...new Set(names)]
    .filter((name) => name.toLowerCase().startsWith(lower))
    .slice(0, MAX_SHOWN);
}
