/**
 * The versions of Node.js that run the tests.
 *
 * @module
 */
import { npmPackages } from "../npm_packages.ts";
import { runCommand } from "../run_command.ts";

/** A version that runs tests. */
export interface NodeVersion {
  /** The version of npm, which has it for the usual platforms. */
  readonly exact: string;
  /** The oldest version on the machine that is used where npm has none. */
  readonly oldest: readonly [major: number, minor: number];
  /** True if it knows all syntax here; otherwise `lower.ts` removes what it does not know. */
  readonly knowsUsing: boolean;
}

/** Runs most tests. It runs TypeScript by itself from 22.18 on. */
export const NODE_22: NodeVersion = {
  exact: "22.23.5",
  oldest: [22, 18],
  knowsUsing: false,
};

/** Runs the tests that need SQLite, whose `setAuthorizer` came with 24.10. */
export const NODE_24: NodeVersion = {
  exact: "24.22.3",
  oldest: [24, 10],
  knowsUsing: true,
};

/** Starting it once. */
const TIMEOUT_MS = 60_000;

/** A program, or the reason why there is none. */
export type FoundNode =
  | { readonly path: string; readonly version: string }
  | { readonly problem: string };

/** Finds the program of npm, or else that of the machine. */
export async function findNode(
  { exact, oldest }: NodeVersion,
): Promise<FoundNode> {
  const { os, arch } = Deno.build;
  const platform = `${os === "windows" ? "win" : os}-${
    arch === "aarch64" ? "arm64" : "x64"
  }`;
  const packages = await npmPackages(`.cache/node-${exact}`, {
    [`node-${platform}`]: exact,
  });
  if ("folder" in packages) {
    const path = `${packages.folder}/node_modules/node-${platform}/bin/node`;
    const version = await versionOf(path);
    if (version !== undefined) return { path, version };
  }
  const version = await versionOf("node");
  if (isNewEnough(version, oldest)) return { path: "node", version: version! };
  const reason = "problem" in packages ? packages.problem : "it does not run";
  return {
    problem: `npm: ${reason}; on this machine: ${
      version ?? "there is no node"
    }, and ${oldest.join(".")} is needed`,
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
 * @param oldest The first one that does.
 */
export function isNewEnough(
  version: string | undefined,
  oldest: NodeVersion["oldest"],
): boolean {
  const [, major, minor] = /^(\d+)\.(\d+)\./.exec(version ?? "") ?? [];
  if (major === undefined) return false;
  return Number(major) > oldest[0] ||
    Number(major) === oldest[0] && Number(minor) >= oldest[1];
}
