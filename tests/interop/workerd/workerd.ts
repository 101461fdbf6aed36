/**
 * workerd, the runtime of Cloudflare Workers, installed below `.cache/`.
 *
 * @module
 */
import { denoConfigOptions } from "../../../tools/deno_config.ts";
import { npmPackages } from "../../../tools/npm_packages.ts";
import { runCommand } from "../../../tools/run_command.ts";
import { interopFile } from "../programs/paths.ts";
import { Peer } from "../programs/peer.ts";
import { freePort, listens } from "../programs/ports.ts";

/** The version that we are tested with. */
export const WORKERD_VERSION = "1.20261117.1";

/** Node modules are there by default from this date on. */
const COMPATIBILITY_DATE = "2026-08-04";

const BUNDLE_TIMEOUT_MS = 60_000;

/** Finds the program, and lets npm install it if it is missing. */
export async function findWorkerd(): Promise<
  { readonly path: string } | { readonly problem: string }
> {
  const packages = await npmPackages(
    `.cache/interop/workerd-${WORKERD_VERSION}`,
    { workerd: WORKERD_VERSION },
  );
  if ("problem" in packages) return packages;
  const scope = `${packages.folder}/node_modules/@cloudflare`;
  for await (const { name } of Deno.readDir(scope)) {
    const path = `${scope}/${name}/bin/workerd`;
    const { success, output } = await runCommand([path, "--version"], 60_000);
    if (success) return { path };
    return { problem: `${path} does not run: ${output.trim()}` };
  }
  return { problem: "npm has no workerd for this platform" };
}

/**
 * Writes the Worker and its configuration.
 *
 * @param folder Where to write them.
 * @param bindings Texts that the Worker gets, by their names.
 * @returns The port on which it will listen, and the path of the configuration.
 */
export async function writeWorker(
  folder: string,
  bindings: Readonly<Record<string, string>>,
): Promise<{ readonly port: number; readonly path: string }> {
  const { success, output } = await runCommand([
    Deno.execPath(),
    "bundle",
    "--quiet",
    ...denoConfigOptions(),
    "--platform",
    "browser",
    "--external",
    "node:*",
    "--output",
    `${folder}/worker.js`,
    interopFile("workerd/worker.ts"),
  ], BUNDLE_TIMEOUT_MS);
  if (!success) throw new Error(`the Worker cannot be bundled: ${output}`);
  const port = freePort();
  const path = `${folder}/config.capnp`;
  await Deno.writeTextFile(path, configuration(port, bindings));
  return { port, path };
}

/** Runs the Worker until it is disposed of. */
export async function startWorker(
  workerd: string,
  { port, path }: { readonly port: number; readonly path: string },
): Promise<Peer> {
  const worker = new Peer([workerd, "serve", path, "--verbose"]);
  try {
    await listens(port, worker);
    return worker;
  } catch (error) {
    await worker[Symbol.asyncDispose]();
    throw error;
  }
}

/** The addresses of this machine are "private", which Workers reach only if they may. */
function configuration(
  port: number,
  bindings: Readonly<Record<string, string>>,
): string {
  const list = Object.entries(bindings)
    .map(([name, text]) =>
      `(name = ${JSON.stringify(name)}, text = ${JSON.stringify(text)})`
    );
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "network", network = (allow = ["private", "public"])),
  ],
  sockets = [
    (name = "http", address = "127.0.0.1:${port}", http = (), service = "main"),
  ],
);
const worker :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.js")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  compatibilityFlags = ["enable_request_signal"],
  globalOutbound = "network",
  bindings = [${list.join(", ")}],
);
`;
}
