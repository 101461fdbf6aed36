/**
 * Fails on a folder of `internal/` or `cli/` with too many files, and on a
 * file with too many lines: both should be split.
 *
 * @module
 */
import { ROOT } from "./deno_json.ts";

/** Most files of one folder. */
export const MAX_FILES = 20;
/** Most lines of one file. */
export const MAX_LINES = 500;

/**
 * Finds folders and files that are too large.
 *
 * @param files The number of lines of each file, by its path from the root.
 * @returns A sentence for each folder and file.
 */
export function findLarge(files: ReadonlyMap<string, number>): string[] {
  const folders = new Map<string, number>();
  const problems: string[] = [];
  for (const [path, lines] of files) {
    const folder = path.slice(0, path.lastIndexOf("/"));
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
    if (lines > MAX_LINES) {
      problems.push(`${path} has ${lines} lines, more than ${MAX_LINES}`);
    }
  }
  for (const [folder, count] of folders) {
    if (count > MAX_FILES) {
      problems.push(`${folder}/ has ${count} files, more than ${MAX_FILES}`);
    }
  }
  return problems;
}

async function* filesIn(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(fromRoot(folder))) {
    if (isDirectory) yield* filesIn(`${folder}/${name}`);
    else if (name.endsWith(".ts")) yield `${folder}/${name}`;
  }
}

function fromRoot(path: string): URL {
  return new URL(path, ROOT);
}

if (import.meta.main) {
  const files = new Map<string, number>();
  for (const folder of ["internal", "cli"]) {
    for await (const path of filesIn(folder)) {
      const text = await Deno.readTextFile(fromRoot(path));
      files.set(path, text.trimEnd().split("\n").length);
    }
  }
  const problems = findLarge(files);
  for (const problem of problems) console.error(problem);
  console.log(`${files.size} files, ${problems.length} problems`);
  if (problems.length > 0) Deno.exit(1);
}
