/**
 * Lowers the declarations `using` and `await using` of this repository for Node.js 22, which knows all
 * other syntax in it: `bun tools/node/lower.ts FOLDER`, since Bun's transpiler can. The other files are
 * run as they are.
 *
 * @module
 */
/// <reference lib="esnext" />

/** The part of Bun that is used. */
interface BunRuntime {
  readonly Glob: new (pattern: string) => {
    scanSync(cwd: string): Iterable<string>;
  };
  readonly Transpiler: new (options: { loader: "ts"; target: "node" }) => {
    transformSync(code: string): string;
  };
  file(path: string): { text(): Promise<string> };
  write(path: string, text: string): Promise<number>;
  readonly argv: readonly string[];
}

const { Bun } = globalThis as unknown as { Bun: BunRuntime };
const [, , folder] = Bun.argv;
const transpiler = new Bun.Transpiler({ loader: "ts", target: "node" });
/** The code that tests run. */
const PATTERNS = [
  "*.ts",
  "{cli,examples,explorer,internal,proto,tests}/**/*.ts",
];
for (const pattern of PATTERNS) {
  for (const path of new Bun.Glob(pattern).scanSync(".")) {
    const text = await Bun.file(path).text();
    if (!/^\s*(await )?using [\w$]+ =/m.test(text)) continue;
    await Bun.write(`${folder}/${path}`, transpiler.transformSync(text));
  }
}
