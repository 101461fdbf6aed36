import { inspect } from "node:util";

/** Shows a value on one line or more, complete and with its keys sorted. */
export function format(value: unknown): string {
  return inspect(value, {
    depth: Infinity,
    sorted: true,
    compact: false,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: 80,
  });
}

/** Most lines for the table of the comparison. */
const MAX_LINES = 2_000;
/** Number of equal lines that are shown on each side of a difference. */
const CONTEXT = 3;

/** Line differences by longest common subsequence: `  same`, `- a`, `+ b`. */
function compareLines(a: string[], b: string[]): string[] {
  const width = b.length + 1;
  const lengths = new Uint32Array((a.length + 1) * width);
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i * width + j] = a[i] === b[j]
        ? lengths[(i + 1) * width + j + 1]! + 1
        : Math.max(lengths[(i + 1) * width + j]!, lengths[i * width + j + 1]!);
    }
  }
  const lines: string[] = [];
  let i = 0, j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      lines.push(`    ${a[i++]}`);
      j++;
    } else if (
      j >= b.length ||
      (i < a.length &&
        lengths[(i + 1) * width + j]! >= lengths[i * width + j + 1]!)
    ) lines.push(`-   ${a[i++]}`);
    else lines.push(`+   ${b[j++]}`);
  }
  return lines;
}

/**
 * Describes the difference of two values, without long equal parts.
 *
 * @param actual The actual value.
 * @param expected The expected value.
 * @returns Lines that begin with `-` for the actual and `+` for the expected.
 */
export function diff(actual: unknown, expected: unknown): string {
  const [a, b] = [format(actual).split("\n"), format(expected).split("\n")];
  const head = "\n\n    [Diff] Actual / Expected\n\n";
  if (a.join("\n") === b.join("\n")) {
    return `${head}    ${a.join("\n    ")}\n\n    (they look the same)\n`;
  }
  if (a.length > MAX_LINES || b.length > MAX_LINES) {
    const at = a.findIndex((line, i) => line !== b[i]);
    const from = Math.max(0, at < 0 ? a.length : at);
    const cut = (lines: string[], sign: string) =>
      lines.slice(from, from + 10).map((line) => `${sign}   ${line}`).join(
        "\n",
      );
    return `${head}    (first difference in line ${from + 1})\n${
      cut(a, "-")
    }\n${cut(b, "+")}\n`;
  }
  const lines = compareLines(a, b);
  const near = lines.map((_, i) =>
    lines.slice(Math.max(0, i - CONTEXT), i + CONTEXT + 1)
      .some((line) => !line.startsWith(" "))
  );
  const shown = lines.flatMap((line, i) =>
    near[i] ? [line] : near[i - 1] || i === 0 ? ["    …"] : []
  );
  return `${head}${shown.join("\n")}\n`;
}
