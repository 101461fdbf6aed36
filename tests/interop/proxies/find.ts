/**
 * The proxies, in the versions of Debian and of Caddy's module.
 *
 * @module
 */
import { runCommand } from "../../../tools/run_command.ts";
import { installPackages } from "../programs/apt_packages.ts";
import { findGoTool, type GoTool } from "../programs/go_tools.ts";

const VERSION_TIMEOUT_MS = 20_000;

const CADDY: GoTool = {
  name: "caddy",
  version: "2.10.2",
  module: "github.com/caddyserver/caddy/v2@v2.10.2",
  folder: "./cmd/caddy",
};

/** A proxy on this machine. */
export interface ProxyProgram {
  /** The path of the program. */
  readonly path: string;
  /** Its version. */
  readonly version: string;
}

/** All of them. */
export interface ProxyPrograms {
  /** nginx. */
  readonly nginx: ProxyProgram;
  /** HAProxy. */
  readonly haproxy: ProxyProgram;
  /** Caddy. */
  readonly caddy: ProxyProgram;
}

/**
 * Finds the proxies. nginx and HAProxy that are missing are installed where this
 * is Debian and runs as root; Go builds Caddy.
 */
export async function findProxies(): Promise<
  ProxyPrograms | { readonly problem: string }
> {
  try {
    const missing = [];
    if (!await find("nginx")) missing.push("nginx");
    if (!await find("haproxy")) missing.push("haproxy");
    if (missing.length > 0) await installPackages(missing);
    const [nginx, haproxy] = await Promise.all([
      find("nginx"),
      find("haproxy"),
    ]);
    if (!nginx || !haproxy) throw new Error("nginx and haproxy do not start");
    const caddy = await findGoTool(CADDY);
    if ("problem" in caddy) return caddy;
    return { nginx, haproxy, caddy: { ...caddy, version: CADDY.version } };
  } catch (error) {
    return { problem: (error as Error).message };
  }
}

/** A program that says its version, also where only root has it on the path. */
async function find(name: string): Promise<ProxyProgram | undefined> {
  for (const path of [name, `/usr/sbin/${name}`]) {
    const { success, output } = await runCommand(
      [path, "-v"],
      VERSION_TIMEOUT_MS,
    );
    const version = /(?:nginx\/|version )(\d+\.\d+\.\d+)/.exec(output)?.[1];
    if (success && version) return { path, version };
  }
  return undefined;
}
