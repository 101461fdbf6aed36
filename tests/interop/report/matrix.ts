/**
 * The results of a part as tables: a column for each of its columns, a row for
 * each place.
 *
 * @module
 */
import type { Part, Place } from "../parts/part.ts";

/** Result of a case. */
export type Mark = "ok" | "FAILED" | "known";

const WORST_FIRST: readonly Mark[] = ["FAILED", "known", "ok"];

/** A row: by the title of the column, what became of its cases. */
type Row = Map<string, Map<string, Mark>>;

/** Results of all columns of a part. */
export class Matrix {
  readonly #columns: readonly string[];
  readonly #place: (name: string) => Place;
  /** By the title of the table, and that of the row. */
  readonly #tables: ReadonlyMap<string, Map<string, Row>>;

  /** @param part What the results are of. */
  constructor(part: Part) {
    this.#columns = part.columns.map(({ title }) => title);
    this.#place = (name) => part.place(name);
    this.#tables = new Map(part.tables.map((title) => [title, new Map()]));
  }

  /** Notes a result. */
  set(column: string, name: string, mark: Mark): void {
    const { table, row, operation } = this.#place(name);
    const rows = this.#tables.get(table)!;
    let cells = rows.get(row);
    if (!cells) rows.set(row, cells = new Map());
    let cell = cells.get(column);
    if (!cell) cells.set(column, cell = new Map());
    cell.set(operation, mark);
  }

  /** By the titles of the rows of a table, the worst of all their marks. */
  worst(table: string): Map<string, Mark> {
    return new Map(
      [...this.#tables.get(table)!].map(([title, row]) => {
        const marks = [...row.values()].flatMap((cell) => [...cell.values()]);
        return [title, WORST_FIRST.find((mark) => marks.includes(mark))!];
      }),
    );
  }

  /** The tables as text. */
  text(): string {
    return this.#each((title, rows) => {
      const width = Math.max(
        title.length,
        ...[...rows.keys()].map((row) => row.length),
      );
      const line = (title: string, cells: readonly string[]) =>
        [
          title.padEnd(width),
          ...cells.map((cell, index) =>
            cell.padEnd(this.#columns[index]!.length)
          ),
        ].join("  ").trimEnd();
      return [
        line(title, this.#columns),
        ...[...rows].map(([title, row]) => line(title, this.#cells(row))),
      ];
    });
  }

  /** The tables as Markdown. */
  markdown(): string {
    return this.#each((title, rows) => [
      `| ${title} | ${this.#columns.join(" | ")} |`,
      `| --- |${" --- |".repeat(this.#columns.length)}`,
      ...[...rows].map(([title, row]) =>
        `| ${title} | ${this.#cells(row).join(" | ")} |`
      ),
    ]);
  }

  #each(lines: (title: string, rows: Map<string, Row>) => string[]): string {
    return [...this.#tables].filter(([, rows]) => rows.size > 0)
      .map(([title, rows]) => lines(title, rows).join("\n")).join("\n\n");
  }

  /** One cell for each column: "ok", or what is not. */
  #cells(row: Row): string[] {
    return this.#columns.map((column) => {
      const cell = row.get(column);
      if (!cell) return "-";
      const marks = new Set(cell.values());
      if (marks.size === 1) return [...marks][0]!;
      marks.delete("ok");
      return [...marks].map((mark) => {
        const operations = [...cell].filter(([, other]) => other === mark)
          .map(([operation]) => operation);
        return `${mark} (${operations.join(", ")})`;
      }).join(", ");
    });
  }
}
