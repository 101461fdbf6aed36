/** JSON lines: an object for each row. */

import { columnsOf } from "./columns.ts";
import type { Target } from "./output.ts";
import type { Printer } from "./printer.ts";
import { valueJson } from "./values.ts";

/** Writes JSON lines. Columns of the same name get a number, so that no value is lost. */
export function jsonPrinter(output: Target): Printer {
  let keys: string[] = [];
  return {
    begin({ fields }) {
      keys = distinct(fields.map(({ name }) => name))
        .map((name) => `${JSON.stringify(name)}:`);
      return Promise.resolve();
    },
    async batch(batch) {
      const columns = columnsOf(batch);
      for (let row = 0; row < batch.numRows; row++) {
        const parts = columns.map((column, index) =>
          keys[index]! + valueJson(column, row)
        );
        await output.text(`{${parts.join(",")}}\n`);
      }
    },
    end: () => output.flush(),
  };
}

/** Makes names distinct: the second `n` is `n_2`. */
function distinct(names: readonly string[]): string[] {
  const used = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let i = 2; used.has(unique); i++) unique = `${name}_${i}`;
    used.add(unique);
    return unique;
  });
}
