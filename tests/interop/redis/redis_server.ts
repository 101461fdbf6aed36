/**
 * The server of Redis or Valkey, in the version of Debian.
 *
 * @module
 */
import { runCommand } from "../../../tools/run_command.ts";
import { installPackages } from "../programs/apt_packages.ts";

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
  try {
    await installPackages(["redis-server"]);
  } catch (error) {
    return { problem: (error as Error).message };
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
