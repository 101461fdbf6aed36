/**
 * Writes docs/reference.md, the list of all public symbols, from their doc
 * comments: `deno task reference`. With `--check` it only compares.
 *
 * @module
 */
import { denoJson, ENTRY_POINTS, ROOT } from "./deno_json.ts";
import { runCommand } from "./run_command.ts";

/** The page. */
const PAGE = "docs/reference.md";

/** Longest time for formatting the page. */
const FORMAT_TIMEOUT_MS = 60_000;

/** The order of the entry points that come first. */
const ORDER = [".", "./memory", "./middleware", "./auth", "./session"];

/** Entry points of which `.` consists. */
const PARTS = ["./client", "./server"];

type JsDoc = { doc?: string; tags?: { kind: string }[] };
type Member = {
  name: string;
  kind?: string;
  jsDoc?: JsDoc;
  location: { filename: string; byteIndex: number };
  accessibility?: string;
  functionDef?: { hasBody?: boolean };
};
type Declaration = Omit<Member, "name"> & {
  declarationKind: string;
  kind: string;
  def?: {
    hasBody?: boolean;
    methods?: Member[];
    properties?: Member[];
  };
};
type PublicSymbol = { name: string; declarations: Declaration[] };
type Docs = {
  nodes: Record<string, { module_doc?: JsDoc; symbols: PublicSymbol[] }>;
};

/** Titles of the groups of symbols, in their order, by the kind of a declaration. */
const GROUPS: readonly (readonly [title: string, kinds: readonly string[]])[] =
  [
    ["Functions", ["function"]],
    ["Classes", ["class"]],
    ["Values", ["variable"]],
    ["Interfaces", ["interface"]],
    ["Types", ["typeAlias"]],
  ];

/**
 * Shortens a doc comment to its first sentence, for a line of a list.
 *
 * @param doc The comment.
 * @returns The sentence, without links.
 */
export function firstSentence(doc: string): string {
  const paragraph = doc.split(/\n\s*\n/)[0]!.replace(/\s+/g, " ").trim();
  const plain = paragraph.replace(/\{@link(?:code)? ([^}]+)\}/g, "`$1`");
  const sentence = /^.*?[.:](?= [A-Z`]|$)/.exec(plain)?.[0] ?? plain;
  return sentence.replace(/:$/, ".");
}

/**
 * Cuts the signature of a declaration out of its source.
 *
 * @param source The source, from the declaration on.
 * @returns The text up to the body, or to the end of the declaration.
 */
export function signatureOf(source: string): string {
  let depth = 0;
  let end = 0;
  for (; end < source.length; end++) {
    const character = source[end]!;
    if (source.startsWith("=>", end)) end++;
    else if (source.startsWith("//", end)) end = source.indexOf("\n", end);
    else if (source.startsWith("/*", end)) end = source.indexOf("*/", end) + 1;
    else if (depth === 0 && /[{;]/.test(character)) break;
    else if (/[([{<]/.test(character)) depth++;
    else if (/[)\]}>]/.test(character)) depth--;
  }
  return source.slice(0, end)
    .replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, "")
    .replace(/\s+/g, " ")
    .replace(
      /^(?:export |declare |async |override |readonly |static |get )+/,
      "",
    )
    .replace(/^function /, "")
    .replace(/([(<[]) /g, "$1")
    .replace(/,? ([)>\]])/g, "$1")
    .trim();
}

/** Sources by their URL. */
const sources = new Map<string, Uint8Array>();

async function signatureAt({ location }: Pick<Member, "location">) {
  const { filename, byteIndex } = location;
  let source = sources.get(filename);
  if (source === undefined) {
    source = await Deno.readFile(new URL(filename));
    sources.set(filename, source);
  }
  const text = new TextDecoder().decode(source.subarray(byteIndex));
  return signatureOf(text);
}

function isShown({ jsDoc, accessibility, name }: Member): boolean {
  return (accessibility ?? "public") === "public" &&
    jsDoc?.doc !== undefined && !name.startsWith("[");
}

function lineOf(what: string, doc: string | undefined, indent = ""): string {
  return `${indent}- \`${what}\`${doc ? `: ${firstSentence(doc)}` : ""}`;
}

async function linesOf({ name, declarations }: PublicSymbol) {
  const lines: string[] = [];
  const overloads = declarations.filter(({ kind, def }) =>
    kind === "function" && !def?.hasBody
  );
  const shown = overloads.length > 0 ? overloads : declarations.slice(0, 1);
  for (const declaration of shown) {
    const { kind, jsDoc, def, location } = declaration;
    if (!location.filename.startsWith(ROOT)) continue;
    const what = kind === "function" ? await signatureAt(declaration) : name;
    lines.push(lineOf(what, jsDoc?.doc));
    const members = [...def?.properties ?? [], ...def?.methods ?? []];
    const overloaded = new Set(
      members.filter(({ functionDef }) => functionDef && !functionDef.hasBody)
        .map(({ name }) => name),
    );
    for (const member of members.filter(isShown)) {
      if (member.functionDef?.hasBody && overloaded.has(member.name)) continue;
      const signature = await signatureAt(member);
      const what = member.kind === "getter"
        ? signature.replace("()", "")
        : signature;
      lines.push(lineOf(what, member.jsDoc?.doc, "  "));
    }
  }
  return lines;
}

async function sectionOf(
  specifier: string,
  docs: Docs,
  known: Set<string>,
): Promise<string> {
  const [node] = Object.values(docs.nodes);
  const symbols = node!.symbols.filter(({ declarations }) =>
    declarations[0]?.declarationKind !== "private"
  );
  const own = symbols.filter(({ name }) => !known.has(name));
  const others = symbols.filter(({ name }) => known.has(name));
  const parts = [`## ${specifier}`, firstSentence(node!.module_doc?.doc ?? "")];
  if (others.length > 0) {
    parts.push(
      `It exports ${others.length} symbols of the sections above too.`,
    );
  }
  for (const [title, kinds] of GROUPS) {
    const group = own.filter(({ declarations }) =>
      kinds.includes(declarations[0]!.kind)
    ).sort((a, b) => a.name < b.name ? -1 : 1);
    if (group.length === 0) continue;
    parts.push(`**${title}**`);
    parts.push((await Promise.all(group.map(linesOf))).flat().join("\n"));
  }
  for (const { name } of own) known.add(name);
  return parts.join("\n\n");
}

async function page(): Promise<string> {
  const rank = ({ name }: { name: string }) => {
    const index = ORDER.indexOf(name);
    return index < 0 ? ORDER.length : index;
  };
  const entries = ENTRY_POINTS.filter(({ name }) => !PARTS.includes(name))
    .toSorted((a, b) => rank(a) - rank(b));
  const known = new Set<string>();
  const sections: string[] = [];
  for (const { name, path } of entries) {
    const docs = await denoJson<Docs>("doc", "--json", path);
    const specifier = `@contrail/flight${name.slice(1)}`;
    sections.push(await sectionOf(specifier, docs, known));
  }
  return `# Reference

All public symbols, each in the first entry point that exports it, with the first
sentence of its documentation. Your editor shows the rest, and so do the API
pages of the site. \`@contrail/flight\` consists of \`@contrail/flight/client\` and
\`@contrail/flight/server\`. \`deno task reference\` writes this page.

<!-- reference -->

${sections.join("\n\n")}

<!-- /reference -->
`;
}

if (import.meta.main) {
  const check = Deno.args.includes("--check");
  const temporary = await Deno.makeTempFile({ suffix: ".md" });
  await Deno.writeTextFile(temporary, await page());
  const { success, output } = await runCommand(
    [Deno.execPath(), "fmt", "--quiet", temporary],
    FORMAT_TIMEOUT_MS,
  );
  if (!success) throw new Error(output);
  const text = await Deno.readTextFile(temporary);
  await Deno.remove(temporary);
  const url = new URL(PAGE, ROOT);
  const old = await Deno.readTextFile(url).catch(() => "");
  if (old === text) console.log(`${PAGE} is up to date`);
  else if (!check) {
    await Deno.writeTextFile(url, text);
    console.log(`${PAGE} was written`);
  } else {
    console.error(`${PAGE} is not up to date: run deno task reference`);
    Deno.exit(1);
  }
}
