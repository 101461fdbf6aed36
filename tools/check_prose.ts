/**
 * Fails on prose that is hard to read: in documents, a sentence whose subject
 * is a clause ("What the client sends is checked"), and a word of a small list;
 * in the documentation of public symbols, more summaries that begin with a
 * question word than the stated share. `lint_prose.ts` checks all comments and
 * error texts.
 *
 * @module
 */
import { type Docs, DocsReport } from "./check_docs.ts";
import { denoJson, ENTRY_POINTS, ROOT } from "./deno_json.ts";
import { findClauses, findWords, isQuestion } from "./prose_rules.ts";

/** Largest share of public summaries that begin with a question word. */
export const MAX_QUESTION_SHARE = 0.02;

/**
 * Finds prose in a document that is hard to read.
 *
 * @param path The path of the document, for the problems.
 * @param markdown Its text. Code and quotations are skipped.
 * @returns A sentence for each problem.
 */
export function findHardProse(path: string, markdown: string): string[] {
  const problems: string[] = [];
  for (const { line, text } of paragraphsOf(withoutGenerated(markdown))) {
    for (const problem of [...findWords(text), ...findClauses(text)]) {
      problems.push(`${path}:${line}: ${problem}`);
    }
  }
  return problems;
}

/** Empties generated parts, and keeps their lines. */
function withoutGenerated(markdown: string): string {
  return markdown.replace(
    /^<!-- (\w+) -->$[^]*?^<!-- \/\1 -->$/gm,
    (part) => part.replace(/[^\n]+/g, ""),
  );
}

/** A paragraph, an item, a heading or the cell of a table. */
interface Paragraph {
  /** Number of its first line, from 1 on. */
  readonly line: number;
  /** Text in one line, without code. */
  readonly text: string;
}

/** Splits a document; code, quotations and comments are left out. */
function paragraphsOf(markdown: string): Paragraph[] {
  const paragraphs: { line: number; text: string }[] = [];
  let isCode = false;
  let isOpen = false;
  for (const [index, raw] of markdown.split("\n").entries()) {
    const line = raw.trim();
    if (line.startsWith("```")) isCode = !isCode;
    if (isCode || /^(?:```|>|<!--|\[[^\]]+\]: |$)/.test(line)) {
      isOpen = false;
    } else if (line.startsWith("|")) {
      const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
      paragraphs.push(...cells.map((text) => ({ line: index + 1, text })));
      isOpen = false;
    } else {
      const start = /^(?:[-*+]|\d+\.|#+) +(.*)$/.exec(line);
      if (start || !isOpen) {
        paragraphs.push({ line: index + 1, text: start?.[1] ?? line });
      } else paragraphs.at(-1)!.text += ` ${line}`;
      isOpen = !line.startsWith("#");
    }
  }
  return paragraphs.map(({ line, text }) => ({
    line,
    text: text.replace(/`[^`]*`/g, "`code`"),
  }));
}

/**
 * Finds summaries that begin with a question word.
 *
 * @param summaries The documentation of symbols.
 * @returns Those that do.
 */
export function findQuestions(summaries: readonly string[]): string[] {
  return summaries.filter(isQuestion);
}

function* documents(folder: string): Generator<string> {
  for (const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))) {
    if (/^\.|^node_modules$/.test(name)) continue;
    if (isDirectory) yield* documents(`${folder}${name}/`);
    else if (name.endsWith(".md")) yield folder + name;
  }
}

if (import.meta.main) {
  const paths = [...documents("./")].map((path) => path.slice(2)).sort();
  const problems = paths.flatMap((path) =>
    findHardProse(path, Deno.readTextFileSync(new URL(path, ROOT)))
  );
  const report = new DocsReport(ROOT);
  for (const { name, path } of ENTRY_POINTS) {
    report.add(name, await denoJson<Docs>("doc", "--json", path));
  }
  const questions = findQuestions(report.summaries);
  const share = questions.length / report.summaries.length;
  if (share > MAX_QUESTION_SHARE) {
    problems.push(
      `${questions.length} of ${report.summaries.length} public summaries ` +
        `begin with a question word, more than ${MAX_QUESTION_SHARE * 100} %`,
    );
  }
  for (const problem of problems) console.error(problem);
  console.log(
    `${paths.length} documents, ${problems.length} problems; ` +
      `${questions.length} of ${report.summaries.length} public summaries ` +
      `begin with a question word (${(share * 100).toFixed(1)} %)`,
  );
  if (problems.length > 0) Deno.exit(1);
}
