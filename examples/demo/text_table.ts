/** Rows and columns as text. */

/**
 * Formats lines of text with aligned columns.
 *
 * @param head The names of the columns.
 * @param rows Values of any kind; columns of numbers are aligned to the right.
 * @param maxWidth Longer texts are cut, so that lines do not break.
 */
export function textTable(
  head: readonly string[],
  rows: readonly (readonly unknown[])[],
  maxWidth = 24,
): string {
  const columns = head.map((name, index) => {
    const values = rows.map((row) => row[index]);
    const cells = [name, ...values.map(cellOf)].map((cell) =>
      cut(cell, maxWidth)
    );
    const width = Math.max(...cells.map((cell) => cell.length));
    return cells.map((cell) =>
      values.every((value) => value === null || isNumber(value))
        ? cell.padStart(width)
        : cell.padEnd(width)
    );
  });
  return [head, ...rows]
    .map((_, line) => columns.map((cells) => cells[line]).join("  ").trimEnd())
    .join("\n");
}

/** Formats a number for humans: `1,234.5`. */
export function numberText(value: number | bigint): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

function cellOf(value: unknown): string {
  return isNumber(value) ? numberText(value) : String(value);
}

/** Cuts a text to its beginning, in one line. */
function cut(text: string, length: number): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ");
  return line.length > length ? `${line.slice(0, length - 3)}...` : line;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}
