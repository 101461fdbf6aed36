/**
 * Fails when something public takes or returns a type that no entry point
 * exports, and when an entry point exports more symbols than it may. Prints the
 * number of symbols of each.
 *
 * `deno doc --lint` cannot do this: for it the types of apache-arrow are private
 * too, and it demands that one entry point exports what another one does.
 *
 * @module
 */
import { denoJson, ENTRY_POINTS, ROOT } from "./deno_json.ts";

/**
 * The most symbols that an entry point exports; `MAX_SYMBOLS` where it is not
 * named. A new symbol has to be worth a larger number here.
 */
export const CEILINGS: Readonly<Record<string, number>> = {
  "mod.ts": 108,
  "client.ts": 88,
  "server.ts": 92,
  "memory.ts": 100,
  "web.ts": 69,
  "handler.ts": 94,
  "transport.ts": 22,
  "auth.ts": 28,
  "middleware.ts": 30,
  "session.ts": 17,
  "grpc_js.ts": 1,
  "sql.ts": 64,
  "sql_client.ts": 67,
};

/** The most symbols of an entry point that is not in the list. */
export const MAX_SYMBOLS = 60;

type TypeName = {
  typeName: string;
  resolution?: { kind: string; specifier?: string };
};
type Declaration = {
  declarationKind: string;
  kind: string;
  location: { filename: string };
  def?: { extends?: unknown; [key: string]: unknown };
};
type PublicSymbol = { name: string; declarations: Declaration[] };

/** The part of the output of `deno doc --json` that is needed here. */
export type SurfaceDocs = {
  nodes: Record<string, { symbols: PublicSymbol[] }>;
};

/** The public symbols of all entry points, and the problems with them. */
export class SurfaceReport {
  readonly #entries = new Map<string, PublicSymbol[]>();
  readonly #root: string;

  /**
   * Creates an empty report.
   *
   * @param root The URL of the folder whose types must be exported.
   */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Adds one entry point.
   *
   * @param entry The path of its file from the root.
   * @param docs The output of `deno doc --json` for it.
   */
  add(entry: string, docs: SurfaceDocs): void {
    const symbols = Object.values(docs.nodes).flatMap(({ symbols }) => symbols)
      .filter(({ declarations }) =>
        declarations.some((one) => one.declarationKind !== "private")
      );
    this.#entries.set(entry, symbols);
  }

  /** Number of symbols by entry point. */
  get counts(): ReadonlyMap<string, number> {
    return new Map(
      [...this.#entries].map(([entry, { length }]) => [entry, length]),
    );
  }

  /** Number of different symbols in all entry points together. */
  get total(): number {
    return this.#names().size;
  }

  /**
   * Lists what is wrong.
   *
   * @param ceilings The most symbols by entry point.
   * @returns A sentence for each entry point that is too large, and for each
   * type that is not exported.
   */
  problems(ceilings: Readonly<Record<string, number>>): string[] {
    const problems = new Set<string>();
    for (const [entry, count] of this.counts) {
      const most = ceilings[entry] ?? MAX_SYMBOLS;
      if (count > most) {
        problems.add(
          `${entry} exports ${count} symbols, more than ${most} ` +
            "(CEILINGS in tools/check_surface.ts)",
        );
      }
    }
    const names = this.#names();
    for (const symbols of this.#entries.values()) {
      for (const { name, declarations } of symbols) {
        for (const declaration of declarations) {
          const { filename } = declaration.location;
          if (!filename.startsWith(this.#root)) continue;
          for (const used of typesOf(declaration)) {
            if (names.has(used)) continue;
            const path = filename.slice(this.#root.length);
            problems.add(
              `${path}: ${name} is public and needs ${used}, ` +
                "which no entry point exports",
            );
          }
        }
      }
    }
    return [...problems].sort();
  }

  #names(): Set<string> {
    return new Set(
      [...this.#entries.values()].flat().map(({ name }) => name),
    );
  }
}

/** Finds the names of the types of this package that a declaration shows. */
function typesOf({ kind, def }: Declaration): Set<string> {
  const found = new Set<string>();
  collectTypes(def, found);
  // The base class is given by its name only.
  const base = def?.extends;
  if (kind === "class" && typeof base === "string" && !(base in globalThis)) {
    found.add(base);
  }
  return found;
}

function collectTypes(node: unknown, found: Set<string>): void {
  if (typeof node !== "object" || node === null) return;
  if (Array.isArray(node)) {
    for (const element of node) collectTypes(element, found);
    return;
  }
  const { kind, value, accessibility, jsDoc } = node as {
    kind?: string;
    value?: unknown;
    accessibility?: string;
    jsDoc?: { tags?: { kind: string }[] };
  };
  if (accessibility === "private") return;
  if (jsDoc?.tags?.some(({ kind }) => kind === "internal")) return;
  if (kind === "typeRef" && isOurs(value as TypeName)) {
    found.add((value as TypeName).typeName.replace(/\..*$/, ""));
  }
  for (const child of Object.values(node)) collectTypes(child, found);
}

/** Tells types of this package from those of others and of the runtime. */
function isOurs({ resolution }: TypeName): boolean {
  if (resolution?.kind === "local") return true;
  return resolution?.kind === "import" &&
    /^\.{1,2}\//.test(resolution.specifier ?? "");
}

if (import.meta.main) {
  const report = new SurfaceReport(ROOT);
  for (const { path } of ENTRY_POINTS) {
    report.add(path, await denoJson<SurfaceDocs>("doc", "--json", path));
  }
  const problems = report.problems(CEILINGS);
  for (const problem of problems) console.error(problem);
  const counts = [...report.counts].map(([entry, n]) => `${entry} ${n}`);
  console.log(`public symbols: ${counts.join(", ")}; ${report.total} in all`);
  if (problems.length > 0) Deno.exit(1);
}
