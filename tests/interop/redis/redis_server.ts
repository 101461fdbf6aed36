/**
 * The server of Redis or Valkey, in the version of Debian.
 *
 * @module
 */
import { runCommand } from "../../../tools/run_command.ts";

/** Downloading the package is part of it. */
const INSTALL_TIMEOUT_MS = 3 * 60_000;

const VERSION_TIMEOUT_MS = 20_000;

/** Names of the program; both speak the same protocol. */
const NAMES = ["valkey-server", "redis-server"] as const;

/** Server program on this machine. */
export interface RedisProgram {
  /** Its path. */
  readonly path: string;
}

/**
 * Finds a server. One that is missing is installed where this is Debian and runs
 * as root.
 */
export async function findRedis(): Promise<
  RedisProgram | { readonly problem: string }
> {
  const found = await find();
  if (found) return found;
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    return {
      problem: "redis-server must be installed, which takes root and apt-get",
    };
  }
  console.log("installing redis-server");
  for (const args of [["update"], ["install", "-y", "redis-server"]]) {
    const { success, output } = await runCommand(
      // The service that the package brings is not started in run level 1.
      [
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "RUNLEVEL=1",
        "apt-get",
        ...args,
      ],
      INSTALL_TIMEOUT_MS,
    );
    if (!success) {
      const reason = output.trim().split("\n").at(-1);
      return { problem: `apt-get ${args.join(" ")}: ${reason}` };
    }
  }
  return await find() ?? { problem: "redis-server does not start" };
}

async function find(): Promise<RedisProgram | undefined> {
  for (const path of NAMES) {
    const { success } = await runCommand(
      [path, "--version"],
      VERSION_TIMEOUT_MS,
    );
    if (success) return { path };
  }
  return undefined;
}
