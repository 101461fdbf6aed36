/** Names to complete: tables, columns and words of SQL. */

import type { FlightSqlClient } from "@contrail/flight/sql";

const WORDS =
  "SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET JOIN LEFT RIGHT INNER OUTER CROSS ON USING AS AND OR NOT IN IS NULL LIKE BETWEEN EXISTS CASE WHEN THEN ELSE END DISTINCT COUNT SUM AVG MIN MAX CAST UNION ALL EXCEPT INTERSECT WITH RECURSIVE VALUES INSERT INTO UPDATE SET DELETE CREATE TABLE VIEW INDEX DROP ALTER ADD COLUMN PRIMARY KEY FOREIGN REFERENCES DEFAULT BEGIN COMMIT ROLLBACK RETURNING EXPLAIN DESC ASC"
    .split(" ");

/** Most candidates that are shown. */
const MAX_SHOWN = 100;

/** The names of a database, as far as they are known. */
export class Names {
  #tables = new Map<string, readonly string[]>();

  /** Asks the server for its tables and columns; one that does not tell them has words only. */
  async load(client: FlightSqlClient, signal: AbortSignal): Promise<void> {
    try {
      const tables = await client.tables({ includeSchema: true, signal });
      this.#tables = new Map(
        tables.map(({ name, tableSchema }) => [
          name,
          tableSchema?.fields.map(({ name }) => name) ?? [],
        ]),
      );
    } catch {
      // Completion is a convenience: statements say what is wrong.
    }
  }

  /**
   * Completes a line, as node:readline wants it.
   *
   * @param line The text before the cursor.
   * @returns The candidates, and the part of the line that they replace.
   */
  complete(line: string): [string[], string] {
    const [word] = /[\w$]*$/.exec(line)!;
    const [, table] = /([\w$]+)\.[\w$]*$/.exec(line) ?? [];
    const columns = table === undefined ? undefined : this.#columnsOf(table);
    if (columns !== undefined) return [startingWith(columns, word), word];
    if (word === "") return [[], word];
    const all = [
      ...this.#tables.keys(),
      ...[...this.#tables.values()].flat(),
      ...WORDS.map((name) =>
        // A word in the case in which it was begun.
        word === word.toLowerCase() ? name.toLowerCase() : name
      ),
    ];
    return [startingWith(all, word), word];
  }

  #columnsOf(table: string): readonly string[] | undefined {
    for (const [name, columns] of this.#tables) {
      if (name.toLowerCase() === table.toLowerCase()) return columns;
    }
    return undefined;
  }
}

function startingWith(names: readonly string[], word: string): string[] {
  const start = word.toLowerCase();
  return [...new Set(names)]
    .filter((name) => name.toLowerCase().startsWith(start))
    .slice(0, MAX_SHOWN);
}
