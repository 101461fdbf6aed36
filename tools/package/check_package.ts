/**
 * Fails when the package, as it would be published, cannot be used: it is packed
 * and installed by its tarball into an empty project of each runtime, which
 * imports every entry point, checks types and makes calls.
 *
 * @module
 */
import config from "../../deno.json" with { type: "json" };
import { ENTRY_POINTS } from "../deno_json.ts";
import { findBun } from "../find_bun.ts";
import { runCommand } from "../run_command.ts";

const STEP_TIMEOUT_MS = 5 * 60_000;
/** The oldest Node.js that is tested: docs/runtimes.md names it. */
const MIN_NODE = 20;
const NAME = config.name;
const ARROW = config.imports["apache-arrow"].slice("npm:".length);
const TYPESCRIPT = "typescript@~7.0";
const NODE_TYPES = `@types/node@^${MIN_NODE}`;

/** An empty project, and the steps in it. */
type Project = {
  name: string;
  files: Record<string, unknown>;
  commands: string[][];
};

/**
 * Makes the program that imports every entry point, and fails where one of them
 * exports nothing.
 *
 * @param names The specifier of each.
 * @returns The source of the program.
 */
export function entryPointProgram(names: readonly string[]): string {
  return [
    ...names.map((name, i) => `import * as e${i} from "${name}";`),
    `for (const entry of [${names.map((_, i) => `e${i}`).join(", ")}]) {`,
    `  if (Object.keys(entry).length === 0) throw new Error("an entry point exports nothing");`,
    `}`,
    `console.log("imported");`,
  ].join("\n");
}

/** The types of the package itself are checked too, so no `skipLibCheck`. */
function tsconfig(module: string): unknown {
  return {
    compilerOptions: {
      target: "es2023",
      lib: ["esnext", "dom", "dom.iterable", "dom.asynciterable"],
      module,
      strict: true,
      exactOptionalPropertyTypes: true,
      outDir: "out",
    },
    include: ["*.ts"],
  };
}

function projects(tarball: string, bun: string): Project[] {
  const npm = Deno.build.os === "windows" ? "npm.cmd" : "npm";
  const tsc = "node_modules/typescript/bin/tsc";
  const manifest = { name: "empty", private: true, type: "module" };
  const deno = Deno.execPath();
  return [
    {
      name: "Deno",
      files: {
        "deno.json": {
          nodeModulesDir: "auto",
          links: ["./package"],
          imports: { [NAME]: `npm:${NAME}`, "apache-arrow": `npm:${ARROW}` },
        },
      },
      commands: [
        ["tar", "-xzf", tarball],
        [deno, "check", "--quiet", "entry_points.ts", "program.ts"],
        [deno, "run", "--allow-net", "--allow-env", "entry_points.ts"],
        [deno, "run", "--allow-net", "--allow-env", "program.ts"],
      ],
    },
    {
      name: "Bun",
      files: {
        "package.json": manifest,
        "tsconfig.json": tsconfig("preserve"),
      },
      commands: [
        [bun, "add", tarball, ARROW],
        [bun, "add", "--dev", TYPESCRIPT, NODE_TYPES],
        [bun, tsc, "--noEmit"],
        [bun, "entry_points.ts"],
        [bun, "program.ts"],
      ],
    },
    {
      name: "Node.js",
      files: {
        "package.json": manifest,
        "tsconfig.json": tsconfig("nodenext"),
      },
      commands: [
        [npm, "install", "--prefer-offline", "--no-audit", "--no-fund"]
          .concat(tarball, ARROW, TYPESCRIPT, NODE_TYPES),
        ["node", tsc],
        ["node", "out/entry_points.js"],
        ["node", "out/program.js"],
      ],
    },
  ];
}

/** Runs a command, and throws with its output if it fails. */
async function run(command: string[], cwd?: string): Promise<string> {
  const outcome = await runCommand(command, STEP_TIMEOUT_MS, cwd);
  if (!outcome.success) {
    throw new Error(`${command.join(" ")}: ${outcome.end}\n${outcome.output}`);
  }
  return outcome.output;
}

/**
 * Determines why Node.js cannot be tested on a machine. It is the only runtime
 * that may be missing: Deno and Bun come from npm if there is no other.
 *
 * @param version The output of `node --version`; `undefined` if it fails.
 * @returns The reason; `undefined` if it can be tested.
 */
export function whyNoNode(version: string | undefined): string | undefined {
  if (version === undefined) return "there is no node";
  const major = Number(/^v(\d+)/.exec(version)?.[1]);
  return major >= MIN_NODE
    ? undefined
    : `node is ${version.trim()}, older than ${MIN_NODE}`;
}

async function missing(name: string): Promise<string | undefined> {
  if (name !== "Node.js") return undefined;
  const { success, output } = await runCommand(["node", "--version"], 60_000);
  return whyNoNode(success ? output : undefined);
}

async function tryProject(project: Project, cwd: string): Promise<void> {
  await Deno.mkdir(cwd);
  const files: Record<string, unknown> = {
    ...project.files,
    "entry_points.ts": entryPointProgram(
      ENTRY_POINTS.map(({ name }) => NAME + name.slice(1)),
    ),
    "program.ts": await Deno.readTextFile(
      new URL("program.ts", import.meta.url),
    ),
  };
  for (const [name, content] of Object.entries(files)) {
    await Deno.writeTextFile(
      `${cwd}/${name}`,
      typeof content === "string" ? content : JSON.stringify(content),
    );
  }
  for (const command of project.commands) await run(command, cwd);
}

if (import.meta.main) {
  const folder = await Deno.makeTempDir({ prefix: "flight_package_" });
  let failed = 0;
  try {
    const tarball = `${folder}/package.tgz`;
    await run(
      [Deno.execPath(), "pack", "--quiet", "--allow-dirty", "-o", tarball],
    );
    const { path: bun, outcome } = await findBun(STEP_TIMEOUT_MS);
    if (bun === undefined) throw new Error(`no Bun: ${outcome.output}`);
    for (const project of projects(tarball, bun)) {
      const start = performance.now();
      const reason = await missing(project.name);
      if (reason !== undefined) {
        console.log(`left out ${project.name}: ${reason}`);
        continue;
      }
      try {
        await tryProject(project, `${folder}/${project.name}`);
        const seconds = (performance.now() - start) / 1000;
        console.log(`ok ${project.name} (${seconds.toFixed(1)} s)`);
      } catch (error) {
        failed++;
        console.error(`FAILED ${project.name}: ${(error as Error).message}`);
      }
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  if (failed > 0) Deno.exit(1);
}
