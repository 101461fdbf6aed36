/**
 * Fails on prose that is hard to read: in documents, a sentence whose subject
 * is a clause ("What the client sends is checked"), and a word of a small list;
 * in the documentation of public symbols, more summaries that begin with a
 * question word than the stated share.
 *
 * @module
 */
import { type Docs, DocsReport } from "./check_docs.ts";
import { denoJson, ENTRY_POINTS, ROOT } from "./deno_json.ts";

/** The largest share of public summaries that begin with a question word. */
export const MAX_QUESTION_SHARE = 0.06;

/** Words that have a plainer or an American form, and that form. */
const WORDS: readonly (readonly [word: RegExp, better: string])[] = [
  [/\bnobody\b/i, "no one, or a positive statement"],
  [/\bsomebody\b/i, "the caller, the reader, …"],
  [/\bwho(?:m)?ever\b/i, "the one meant: the reader, the caller, …"],
  [/\bbesides\b/i, "also"],
  [/\bbehaviour/i, "behavior"],
  [/\bcancell(?:ed|ing)\b/, "canceled, canceling"],
  [/\bcatalogue/i, "catalog"],
  [/\btime-outs?\b/i, "timeout"],
  [/\bwork-arounds?\b/i, "workaround"],
];

/** A sentence whose subject is a clause. */
const CLAUSE =
  /^(?:What|Who|Whom|Whose|Whoever|Whatever|Whichever|Whether|How)\b/;

/** A summary that begins with a question word. */
const QUESTION =
  /^(?:What|Who|Whom|Whose|Whoever|Whether|How|Where|When|Which|Why)\b/;

/**
 * Finds what is hard to read in a document.
 *
 * @param path The path of the document, for the problems.
 * @param markdown Its text. Code and quotations are not looked at.
 * @returns A sentence for each problem.
 */
export function findHardProse(path: string, markdown: string): string[] {
  const problems: string[] = [];
  for (const { line, text } of paragraphsOf(withoutGenerated(markdown))) {
    for (const [word, better] of WORDS) {
      const found = word.exec(text)?.[0];
      if (found) problems.push(`${path}:${line}: "${found}": say ${better}`);
    }
    // A colon ends no sentence, a full stop within a link or a name neither.
    for (const sentence of text.split(/(?<=[.!?][)*_"]*)\s+(?=[A-Z*_["(])/)) {
      const plain = sentence.replace(/^[*_["(]+/, "");
      // Titles, in headings and links, end without a full stop; questions are fine.
      if (!CLAUSE.test(plain) || !/[.:;!][)*_"]*$/.test(plain)) continue;
      problems.push(
        `${path}:${line}: give the sentence a noun as subject: "${
          plain.slice(0, 60)
        }"`,
      );
    }
  }
  return problems;
}

/** Empties the parts that a program has written, and keeps their lines. */
function withoutGenerated(markdown: string): string {
  return markdown.replace(
    /^<!-- (\w+) -->$[^]*?^<!-- \/\1 -->$/gm,
    (part) => part.replace(/[^\n]+/g, ""),
  );
}

/** A paragraph, an item, a heading or the cell of a table. */
interface Paragraph {
  /** The line on which it begins, from 1 on. */
  readonly line: number;
  /** Its text in one line, without code. */
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
 * Counts summaries that begin with a question word.
 *
 * @param summaries The documentation of symbols.
 * @returns Those that do.
 */
export function findQuestions(summaries: readonly string[]): string[] {
  return summaries.filter((summary) => QUESTION.test(summary.trim()));
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
