/**
 * The options of run.ts.
 *
 * @module
 */
import type { TransportName } from "../support/transport_named.ts";
import type { Runtime } from "./programs/programs.ts";
import { SCENARIOS } from "./scenarios/scenarios.ts";

/** The parts with Arrow's integration scenarios, by their peers. */
export const PEER_NAMES = ["go", "java", "rust", "cpp"] as const;

/** The parts in their order. */
const PART_NAMES = [
  "pyarrow",
  "h2spec",
  "tools",
  "proxies",
  "web",
  "workerd",
  "vanishing",
  "browser",
  "sql",
  "redis",
  "adbc",
  "jdbc",
  "dbapi",
  "database-sql",
  "rust-client",
  "gateway",
  "ballista",
  "kubernetes",
  ...PEER_NAMES,
  "load",
] as const;

/** The name of a peer. */
export type PeerName = typeof PEER_NAMES[number];

/** The name of a part. */
export type PartName = typeof PART_NAMES[number];

/** The options that have a value. */
const VALUE_OPTIONS = [
  "--only",
  "--peer",
  "--scenario",
  "--runtime",
  "--transport",
  "--seconds",
  "--case",
];

/** Selection of cases. */
export interface Options {
  /** The parts. */
  readonly parts: readonly PartName[];
  /** The runtimes of our side. */
  readonly runtimes: readonly Runtime[];
  /** Transports of our side of the scenarios; both by default. */
  readonly transports: readonly TransportName[];
  /** The scenario; all, and the data files, by default. */
  readonly scenario: string | undefined;
  /**
   * Time for the clients of the part "load", in seconds; by default its own.
   */
  readonly seconds: number | undefined;
  /** Part of the names of selected cases. */
  readonly case: string | undefined;
  /** True to write the tables into docs/results/interop.md. */
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
    else if (VALUE_OPTIONS.includes(name)) {
      const value = left.shift();
      if (value === undefined) throw new TypeError(`${name} has no value`);
      values.set(name, value);
    } else throw new TypeError(`there is no option ${name}`);
  }
  const options: Options = {
    parts: partsOf(values),
    runtimes: oneOf("--runtime", ["deno", "bun"], values),
    transports: oneOf("--transport", ["http2", "grpc-js"], values),
    scenario: values.has("--scenario")
      ? oneOf("--scenario", Object.keys(SCENARIOS), values)[0]
      : undefined,
    seconds: secondsOf(values.get("--seconds")),
    case: values.get("--case"),
    writeDocs: values.has("--write-docs"),
  };
  if (options.writeDocs && values.size > 1) {
    throw new TypeError("--write-docs needs every case on both runtimes");
  }
  return options;
}

function secondsOf(value: string | undefined): number | undefined {
  if (value === undefined) return undefined;
  if (/^[1-9]\d*$/.test(value)) return Number(value);
  throw new TypeError(`--seconds must be a whole number: ${value}`);
}

/** Options of scenarios choose the parts that have scenarios. */
function partsOf(values: ReadonlyMap<string, string>): readonly PartName[] {
  const given = ["--peer", "--scenario", "--transport"]
    .filter((name) => values.has(name));
  if (given.length === 0) return oneOf("--only", PART_NAMES, values);
  if (values.has("--only")) {
    throw new TypeError(`--only and ${given[0]} exclude each other`);
  }
  return oneOf("--peer", PEER_NAMES, values);
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
