/**
 * Fails on an `export` in `internal/`, `cli/` or `explorer/` that no other file imports: it
 * claims a reader that does not exist.
 *
 * @module
 */
import { posix } from "node:path";
import { ROOT } from "./deno_json.ts";

/** An import or re-export of names, or of everything, from a file. */
const FROM =
  /\b(?:import|export)\s+(?:type\s+)?(?:\{([^}]*)\}|\*(?:\s+as\s+\w+)?)\s*from\s*"(\.[^"]+)"|\bimport\(\s*"(\.[^"]+)"/g;

/** A declaration that is exported. */
const EXPORT =
  /^export (?:abstract )?(?:async )?(?:const|let|class|function\*?|interface|type|enum) ([A-Za-z_$][\w$]*)/gm;

/**
 * Finds the exports that no other file imports.
 *
 * @param files The text of each file, by its path from the root.
 * @returns A sentence for each export.
 */
export function findNeedlessExports(
  files: ReadonlyMap<string, string>,
): string[] {
  const imported = new Set<string>();
  for (const [path, text] of files) {
    for (const [, names, from, loaded] of text.matchAll(FROM)) {
      const target = posix.join(posix.dirname(path), (from ?? loaded)!);
      if (names === undefined) imported.add(target);
      for (const name of (names ?? "").split(",")) {
        const [, original] = /^\s*(?:type\s+)?([\w$]+)/.exec(name) ?? [];
        if (original !== undefined) imported.add(`${target} ${original}`);
      }
    }
  }
  const problems: string[] = [];
  for (const [path, text] of files) {
    if (!/^(?:internal|cli|explorer)\//.test(path) || imported.has(path)) {
      continue;
    }
    for (const [, name] of text.matchAll(EXPORT)) {
      if (imported.has(`${path} ${name}`)) continue;
      problems.push(`${path}: no other file imports ${name}, do not export it`);
    }
  }
  return problems;
}

function* filesIn(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(fromRoot(folder))) {
    if (name.startsWith(".") || name === "node_modules") continue;
    const path = folder + name;
    if (isDirectory) yield* filesIn(`${path}/`);
    else if (name.endsWith(".ts")) yield path;
  }
}

function fromRoot(path: string): URL {
  return new URL(`./${path}`, ROOT);
}

if (import.meta.main) {
  const files = new Map<string, string>();
  for (const path of filesIn("")) {
    files.set(path, Deno.readTextFileSync(fromRoot(path)));
  }
  const problems = findNeedlessExports(files);
  for (const problem of problems) console.error(problem);
  console.log(`${files.size} files, ${problems.length} needless exports`);
  if (problems.length > 0) Deno.exit(1);
}
