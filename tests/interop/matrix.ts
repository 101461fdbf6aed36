/**
 * The results as a table: a row for each case, a column for each pair of client
 * and server. The cases of one data set share a row.
 *
 * @module
 */

/** What became of a case. */
export type Mark = "ok" | "FAILED" | "known";

/** What the cases of a data set do with it. */
const OPERATIONS = [
  "get and put",
  "put and get",
  "get sliced",
  "put sliced",
  "get",
  "put",
];

/** Results of all suites. */
export class Matrix {
  readonly #columns: readonly string[];
  readonly #datasets: ReadonlySet<string>;
  readonly #rows = new Map<string, Map<string, Map<string, Mark>>>();

  /**
   * @param columns The titles of the suites.
   * @param datasets The names of the data sets.
   */
  constructor(columns: readonly string[], datasets: readonly string[]) {
    this.#columns = columns;
    this.#datasets = new Set(datasets);
  }

  /** Notes a result. */
  set(column: string, name: string, mark: Mark): void {
    const { row, operation } = this.#place(name);
    let cells = this.#rows.get(row);
    if (!cells) this.#rows.set(row, cells = new Map());
    let cell = cells.get(column);
    if (!cell) cells.set(column, cell = new Map());
    cell.set(operation, mark);
  }

  /** The table as text. */
  text(): string {
    const width = Math.max(
      0,
      ...[...this.#rows.keys()].map((row) => row.length),
    );
    const line = (title: string, cells: string[]) =>
      [
        title.padEnd(width),
        ...cells.map((cell, index) =>
          cell.padEnd(this.#columns[index]!.length)
        ),
      ].join("  ").trimEnd();
    return [
      line("", [...this.#columns]),
      ...[...this.#rows.keys()].map((row) => line(row, this.#cells(row))),
    ].join("\n");
  }

  /** The table as Markdown, data sets after the calls. */
  markdown(): string {
    const rows = [...this.#rows.keys()];
    const isData = (row: string) => row.startsWith("data: ");
    return [
      this.#table("Calls", rows.filter((row) => !isData(row))),
      this.#table("Data", rows.filter(isData)),
    ].join("\n\n");
  }

  #table(title: string, rows: readonly string[]): string {
    return [
      `| ${title} | ${this.#columns.join(" | ")} |`,
      `| --- |${" --- |".repeat(this.#columns.length)}`,
      ...rows.map((row) =>
        `| ${row.replace("data: ", "")} | ${this.#cells(row).join(" | ")} |`
      ),
    ].join("\n");
  }

  /** One cell for each column: "ok", or what is not. */
  #cells(row: string): string[] {
    return this.#columns.map((column) => {
      const cell = this.#rows.get(row)?.get(column);
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

  /** "get and put utf8" is an operation on the data set "utf8". */
  #place(name: string): { row: string; operation: string } {
    for (const operation of OPERATIONS) {
      const dataset = name.slice(operation.length + 1);
      if (name.startsWith(`${operation} `) && this.#datasets.has(dataset)) {
        return { row: `data: ${dataset}`, operation };
      }
    }
    return { row: name, operation: "" };
  }
}
