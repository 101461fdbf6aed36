/**
 * The options of run.ts.
 *
 * @module
 */
import type { Runtime } from "./programs.ts";

/** The parts in their order. */
const PART_NAMES = ["pyarrow", "h2spec", "tools", "vanishing"] as const;

/** The name of a part. */
export type PartName = typeof PART_NAMES[number];

/** What to run. */
export interface Options {
  /** The parts. */
  readonly parts: readonly PartName[];
  /** The runtimes of our side. */
  readonly runtimes: readonly Runtime[];
  /** What the names of cases must have in them. */
  readonly case: string | undefined;
  /** Whether the tables go into docs/interop.md. */
  readonly writeDocs: boolean;
}

/**
 * Reads `--name value` and `--name=value`.
 *
 * @throws {TypeError} When there is anything else.
 */
export function parseOptions(args: readonly string[]): Options {
  const values = new Map<string, string>();
  const left = args.flatMap((arg) => {
    const [, name, value] = /^(--[a-z]+)=(.*)$/s.exec(arg) ?? [];
    return name === undefined ? [arg] : [name, value!];
  });
  while (left.length > 0) {
    const name = left.shift()!;
    if (name === "--write-docs") values.set(name, "");
    else if (["--only", "--runtime", "--case"].includes(name)) {
      const value = left.shift();
      if (value === undefined) throw new TypeError(`${name} has no value`);
      values.set(name, value);
    } else throw new TypeError(`there is no option ${name}`);
  }
  const options: Options = {
    parts: oneOf("--only", PART_NAMES, values),
    runtimes: oneOf("--runtime", ["deno", "bun"], values),
    case: values.get("--case"),
    writeDocs: values.has("--write-docs"),
  };
  if (options.writeDocs && values.size > 1) {
    throw new TypeError("--write-docs needs every case on both runtimes");
  }
  return options;
}

/** The one that was chosen, or all of them. */
function oneOf<T extends string>(
  option: string,
  choices: readonly T[],
  values: ReadonlyMap<string, string>,
): readonly T[] {
  const value = values.get(option);
  if (value === undefined) return choices;
  const chosen = choices.filter((choice) => choice === value);
  if (chosen.length > 0) return chosen;
  throw new TypeError(`${option} must be ${choices.join(" or ")}: ${value}`);
}
