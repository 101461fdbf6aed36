/**
 * The setting of a run.
 *
 * @module
 */
import { ROOT } from "./processes.ts";
import type { Runtimes } from "./runtimes.ts";

/** Packages that affect the figures. */
const PACKAGES = ["@grpc/grpc-js", "apache-arrow", "arrow-flight-client"];

/**
 * Describes date, versions and machine in a sentence, without the machine's
 * name.
 */
export async function settingOf({ versions }: Runtimes): Promise<string> {
  const lock = JSON.parse(await Deno.readTextFile(new URL("deno.lock", ROOT)));
  const packages = PACKAGES.map((name) => {
    const [, version] = Object.entries<string>(lock.specifiers)
      .find(([specifier]) => specifier.startsWith(`npm:${name}@`))!;
    return `${name} ${version.split("_")[0]}`;
  });
  const parts = [
    ...[...versions].map((entry) => entry.join(" ")),
    ...packages,
  ];
  const gib = Deno.systemMemoryInfo().total / 2 ** 30;
  const [load] = Deno.loadavg();
  return `Measured on ${new Date().toISOString().slice(0, 10)}: ` +
    `${parts.join(", ")}; ${Deno.build.os} on ${Deno.build.arch}, ` +
    `${navigator.hardwareConcurrency} cores, ${gib.toFixed(0)} GiB, ` +
    `loopback; load average before ${load!.toFixed(1)}.`;
}
