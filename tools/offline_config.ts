/**
 * Writes `deno.offline.json` and its lock file: the configuration for machines that cannot reach JSR,
 * made from `deno.json` and `deno.lock`. Git ignores both.
 *
 *     deno run -A tools/offline_config.ts
 *
 * @module
 */
import { ROOT } from "./deno_json.ts";

/** Name of the configuration. */
export const OFFLINE_CONFIG = "deno.offline.json";
const OFFLINE_LOCK = "deno.offline.lock";

/** Folders of the packages that take the place of those of JSR. */
const LINKS = ["./tools/jsr_offline/assert"];

/** A lock file of Deno. */
export interface Lock {
  /** Version of its format. */
  readonly version: string;
  /** Versions of what is asked for. */
  readonly specifiers: Readonly<Record<string, string>>;
  /** Packages of JSR. */
  readonly jsr?: unknown;
  /** Packages of npm. */
  readonly npm?: unknown;
  /** Packages that the configuration asks for. */
  readonly workspace: Readonly<Record<string, unknown>>;
}

/**
 * Makes the configuration without JSR.
 *
 * @param config The contents of `deno.json`.
 * @returns The same with links, a lock file of its own, and without tasks and rules.
 */
export function offlineConfig(
  config: { readonly lock: object },
): Record<string, unknown> {
  const { tasks: _, lint: _lint, publish: _publish, ...rest } =
    config as Record<
      string,
      unknown
    >;
  const lock = { ...config.lock, path: `./${OFFLINE_LOCK}` };
  return { ...rest, links: LINKS, lock };
}

/**
 * Makes the lock file without JSR: a lock file names what is linked, and has no hash for it.
 *
 * @param lock The contents of `deno.lock`.
 * @param links Packages that are linked, such as `jsr:@std/assert@1.0.19`.
 */
export function offlineLock(lock: Lock, links: readonly string[]): Lock {
  const { jsr: _, specifiers, workspace, ...rest } = lock;
  // Deno reads package.json only beside a configuration of the usual name.
  const { packageJson: _package, ...asked } = workspace;
  return {
    ...rest,
    specifiers: Object.fromEntries(
      Object.entries(specifiers).filter(([name]) => !name.startsWith("jsr:")),
    ),
    workspace: {
      ...asked,
      links: Object.fromEntries(links.map((name) => [name, {}])),
    },
  };
}

/** Reads a JSON file of the repository. */
async function read<T>(path: string): Promise<T> {
  return JSON.parse(await Deno.readTextFile(new URL(path, ROOT)));
}

async function write(path: string, contents: unknown): Promise<void> {
  const text = `${JSON.stringify(contents, null, 2)}\n`;
  await Deno.writeTextFile(new URL(path, ROOT), text);
}

/** Writes both files. */
export async function writeOfflineConfig(): Promise<void> {
  const linked = await Promise.all(LINKS.map(async (folder) => {
    const { name, version } = await read<{ name: string; version: string }>(
      `${folder}/deno.json`,
    );
    return `jsr:${name}@${version}`;
  }));
  await write(OFFLINE_CONFIG, offlineConfig(await read("deno.json")));
  await write(OFFLINE_LOCK, offlineLock(await read("deno.lock"), linked));
}

if (import.meta.main) await writeOfflineConfig();
