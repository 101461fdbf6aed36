/**
 * Programs that Go builds from their source, kept from run to run.
 *
 * @module
 */
import { fromFileUrl, INTEROP } from "./paths.ts";
import { runCommand } from "../../../tools/run_command.ts";

/** A program. */
export interface GoTool {
  /** Name of the tool. */
  readonly name: string;
  /** Its version, as people know it. */
  readonly version: string;
  /** Its module, with the version as Go knows it. */
  readonly module: string;
  /** The folder of the program in the module. */
  readonly folder: string;
}

/** The program, or why there is none. */
export type FoundGoTool =
  | { readonly path: string }
  | { readonly problem: string };

/** Downloads and compiles the program and what it needs. */
const BUILD_TIMEOUT_MS = 5 * 60_000;

/**
 * Finds a program, and lets Go build it if it is missing.
 *
 * The module is downloaded, which checks it against Go's checksum database, and built in its own
 * folder, where its go.sum pins its dependencies. `go install` would also request the list of all
 * versions from the proxy, which not every proxy serves for every module.
 */
export async function findGoTool(tool: GoTool): Promise<FoundGoTool> {
  const { name, version, module, folder } = tool;
  const path = fromFileUrl(new URL(`go/${name}-${version}`, INTEROP));
  if (await Deno.stat(path).catch(() => undefined)) return { path };
  console.log(`building ${name} ${version}`);
  // Renamed at the end, so that what is there is complete.
  const unfinished = `${path}.${Deno.pid}`;
  try {
    await Deno.mkdir(new URL("go/", INTEROP), { recursive: true });
    await go("mod", "download", module);
    const source = await go("list", "-m", "-f", "{{.Dir}}", module);
    await go("-C", source, "build", "-o", unfinished, folder);
    await Deno.rename(unfinished, path);
    return { path };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** Runs Go; gives what it prints. */
async function go(...args: readonly string[]): Promise<string> {
  const { success, end, output } = await runCommand(
    ["env", "CGO_ENABLED=0", "go", ...args],
    BUILD_TIMEOUT_MS,
  );
  if (success) return output.trim();
  throw new Error(
    `go ${args.join(" ")}: ${end}: ${output.trim().split("\n").at(-1)}`,
  );
}
