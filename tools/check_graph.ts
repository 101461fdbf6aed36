/**
 * Fails on import cycles, type imports included; on an entry point for browsers that reaches
 * `node:` or a package that does; on one other than `grpc_js.ts` that reaches grpc-js; and on one
 * that loads grpc-js before the first call.
 *
 * @module
 */
import { denoJson, ENTRY_POINTS, ROOT } from "./deno_json.ts";

/** Entry points that must run without Node APIs. */
const BROWSER_SAFE: readonly string[] = [
  "auth.ts",
  "handler.ts",
  "memory.ts",
  "middleware.ts",
  "session.ts",
  "sql.ts",
  "sql_server.ts",
  "transport.ts",
  "web.ts",
  "data.ts",
];

/** Imports that these must not reach, dynamic ones included: bundlers follow them. */
const NOT_FOR_BROWSERS = /^node:|^@grpc\//;

/** The entry point of grpc-js, which loads it on demand only: Deno asks for more permissions for it. */
const GRPC_JS_ENTRY = "grpc_js.ts";

/** Imports that no other entry point reaches, and this one only after a call. */
const GRPC_JS = /^node:http2$|^@grpc\//;

/** Imports of one module. */
export type Imports = {
  /** The modules of this repository, types included. */
  local: string[];
  /** Packages that it imports at run time, as written. */
  packages: string[];
  /** Imports of both kinds that are only loaded by a statement. */
  dynamic?: string[];
};

/** Modules by their path. */
export type Graph = ReadonlyMap<string, Imports>;

/**
 * Finds the import cycles.
 *
 * @param graph The modules.
 * @returns Every cycle that a walk meets, its first module once more at its end.
 */
export function findCycles(graph: Graph): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  function visit(path: string, trail: string[]): void {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), path]);
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path)?.local ?? []) {
      visit(next, [...trail, path]);
    }
    done.add(path);
  }
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}

/**
 * Finds the modules that a module reaches.
 *
 * @param graph The modules.
 * @param entry The module to start from.
 * @param forbidden Imports that it must not reach.
 * @param atOnce True to ignore dynamic imports.
 * @returns The modules it reaches, and where it reaches something forbidden.
 */
export function reach(
  graph: Graph,
  entry: string,
  forbidden: RegExp,
  atOnce = false,
): { modules: Set<string>; problems: string[] } {
  const modules = new Set<string>([entry]);
  const problems: string[] = [];
  // The loop also visits modules that are added to the set meanwhile.
  for (const path of modules) {
    const { local = [], packages = [], dynamic = [] } = graph.get(path) ?? {};
    const isLoaded = (name: string) => !atOnce || !dynamic.includes(name);
    for (const next of local.filter(isLoaded)) modules.add(next);
    for (const specifier of packages.filter(isLoaded)) {
      if (forbidden.test(specifier)) {
        problems.push(`${entry} reaches "${specifier}" through ${path}`);
      }
    }
  }
  return { modules, problems };
}

type Resolved = { specifier?: string; error?: string };
type Info = {
  modules: {
    specifier: string;
    error?: string;
    dependencies?: {
      specifier: string;
      code?: Resolved;
      type?: Resolved;
      isDynamic?: boolean;
    }[];
  }[];
};

/** Reads the graph below all entry points. */
async function readGraph(): Promise<Graph> {
  const isLocal = (url: string | undefined): url is string =>
    !!url && url.startsWith(ROOT);
  const graph = new Map<string, Imports>();
  for (const { path } of ENTRY_POINTS) {
    const { modules } = await denoJson<Info>("info", "--json", path);
    for (const { specifier, error, dependencies = [] } of modules) {
      if (!isLocal(specifier)) continue;
      if (error) throw new Error(error);
      graph.set(specifier.slice(ROOT.length), {
        local: dependencies.flatMap(({ code, type }) =>
          [code?.specifier, type?.specifier].filter(isLocal)
        ).map((url) => url.slice(ROOT.length)),
        packages: dependencies.filter(({ code }) => code)
          .map(({ specifier }) => specifier)
          .filter((specifier) => !/^\.{1,2}\//.test(specifier)),
        dynamic: dependencies.filter(({ isDynamic }) => isDynamic)
          .map(({ specifier, code }) =>
            isLocal(code?.specifier)
              ? code.specifier.slice(ROOT.length)
              : specifier
          ),
      });
    }
  }
  return graph;
}

if (import.meta.main) {
  const graph = await readGraph();
  const problems = findCycles(graph).map((cycle) =>
    `import cycle: ${cycle.join(" -> ")}`
  );
  for (const entry of BROWSER_SAFE) {
    const { modules, problems: found } = reach(graph, entry, NOT_FOR_BROWSERS);
    problems.push(...found);
    console.log(`${entry}: ${modules.size} modules, for browsers`);
  }
  for (const { path } of ENTRY_POINTS) {
    const atOnce = path === GRPC_JS_ENTRY;
    problems.push(...reach(graph, path, GRPC_JS, atOnce).problems);
  }
  for (const problem of problems) console.error(problem);
  console.log(`${graph.size} modules, ${problems.length} problems`);
  if (problems.length > 0) Deno.exit(1);
}
