/**
 * The options of run.ts.
 *
 * @module
 */

/** What to run. */
export interface Options {
  /** The runtimes of our side. */
  readonly runtimes: readonly ("deno" | "bun")[];
  /** What the names of cases must have in them. */
  readonly case: string | undefined;
  /** Whether the table goes into docs/interop.md. */
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
    else if (name === "--runtime" || name === "--case") {
      const value = left.shift();
      if (value === undefined) throw new TypeError(`${name} has no value`);
      values.set(name, value);
    } else throw new TypeError(`there is no option ${name}`);
  }
  const runtime = values.get("--runtime");
  if (runtime !== undefined && runtime !== "deno" && runtime !== "bun") {
    throw new TypeError(`--runtime must be deno or bun: ${runtime}`);
  }
  const options: Options = {
    runtimes: runtime === undefined ? ["deno", "bun"] : [runtime],
    case: values.get("--case"),
    writeDocs: values.has("--write-docs"),
  };
  if (options.writeDocs && (runtime || options.case)) {
    throw new TypeError("--write-docs needs every case on both runtimes");
  }
  return options;
}
