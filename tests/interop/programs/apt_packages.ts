/**
 * Packages of Debian.
 *
 * @module
 */
import { runCommand } from "../../../tools/run_command.ts";

/** Downloading the packages is part of it. */
const INSTALL_TIMEOUT_MS = 5 * 60_000;

/**
 * Installs packages where this is Debian and runs as root.
 *
 * @param names The packages.
 * @throws {Error} When they cannot be installed.
 */
export async function installPackages(names: readonly string[]): Promise<void> {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) {
    throw new Error(
      `${names.join(" and ")} must be installed, which takes root and apt-get`,
    );
  }
  console.log(`installing ${names.join(" and ")}`);
  for (
    const args of [["update"], [
      "install",
      "-y",
      "--no-install-recommends",
      ...names,
    ]]
  ) {
    const { success, output } = await runCommand(
      // Services that a package brings are not started in run level 1.
      [
        "env",
        "DEBIAN_FRONTEND=noninteractive",
        "RUNLEVEL=1",
        "apt-get",
        ...args,
      ],
      INSTALL_TIMEOUT_MS,
    );
    if (success) continue;
    throw new Error(
      `apt-get ${args.join(" ")}: ${output.trim().split("\n").at(-1)}`,
    );
  }
}
