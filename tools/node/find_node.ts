/**
 * The Node.js that runs the tests.
 *
 * @module
 */
import { npmPackages } from "../npm_packages.ts";
import { runCommand } from "../run_command.ts";

/** The version. npm has it for the usual platforms. */
export const NODE_VERSION = "22.23.5";

/** The oldest version on the machine that is used where npm has none: it runs TypeScript by itself. */
const OLDEST: readonly [major: number, minor: number] = [22, 18];

/** Starting it once. */
const TIMEOUT_MS = 60_000;

/** A program, or the reason why there is none. */
export type FoundNode =
  | { readonly path: string; readonly version: string }
  | { readonly problem: string };

/** Finds the program of npm, or else that of the machine. */
export async function findNode(): Promise<FoundNode> {
  const { os, arch } = Deno.build;
  const platform = `${os === "windows" ? "win" : os}-${
    arch === "aarch64" ? "arm64" : "x64"
  }`;
  const packages = await npmPackages(`.cache/node-${NODE_VERSION}`, {
    [`node-${platform}`]: NODE_VERSION,
  });
  if ("folder" in packages) {
    const path = `${packages.folder}/node_modules/node-${platform}/bin/node`;
    const version = await versionOf(path);
    if (version !== undefined) return { path, version };
  }
  const version = await versionOf("node");
  if (isNewEnough(version)) return { path: "node", version: version! };
  const reason = "problem" in packages ? packages.problem : "it does not run";
  return {
    problem: `npm: ${reason}; on this machine: ${
      version ?? "there is no node"
    }, and ${OLDEST.join(".")} is needed`,
  };
}

async function versionOf(path: string): Promise<string | undefined> {
  const { success, output } = await runCommand(
    [path, "--version"],
    TIMEOUT_MS,
  );
  return success ? /^v(\S+)/m.exec(output)?.[1] : undefined;
}

/**
 * Reports whether a version runs the tests.
 *
 * @param version Such as `22.18.0`; `undefined` for no program.
 */
export function isNewEnough(version: string | undefined): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version ?? "") ?? [];
  if (major === undefined) return false;
  return Number(major) > OLDEST[0] ||
    Number(major) === OLDEST[0] && Number(minor) >= OLDEST[1];
}
