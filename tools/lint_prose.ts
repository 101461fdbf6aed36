/**
 * Lint plugin for the prose of comments and of texts: summaries that begin with
 * a question word, sentences whose subject is a clause, and words that have a
 * plainer form. `check_prose.ts` checks the documents by the same rules.
 *
 * @module
 */
import { findClauses, findWords, isQuestion } from "./prose_rules.ts";

const ROOT = new URL("../", import.meta.url).pathname;

/** Files that are exempt: generated code. */
const GENERATED = /^proto\/(?!runtime\/)/;

/** Tests are exempt: their samples break the rules. */
const TESTS = /^tests\//;

/** A comment, or line comments that follow each other. */
interface Comment {
  readonly text: string;
  readonly isDoc: boolean;
  readonly range: Deno.lint.Range;
}

/** Joins line comments that follow each other. */
function* commentsOf(source: Deno.lint.SourceCode): Generator<Comment> {
  let open: { text: string; range: Deno.lint.Range } | undefined;
  for (const { type, value, range } of source.getAllComments()) {
    const isLine = type === "Line";
    if (open) {
      const between = source.text.slice(open.range[1], range[0]);
      if (isLine && /^\n[ \t]*$/.test(between)) {
        open = {
          text: `${open.text} ${value}`,
          range: [open.range[0], range[1]],
        };
        continue;
      }
      yield { ...open, isDoc: false };
      open = undefined;
    }
    if (isLine) open = { text: value, range };
    else yield { text: value, isDoc: value.startsWith("*"), range };
  }
  if (open) yield { ...open, isDoc: false };
}

/**
 * Finds prose in a comment that is hard to read.
 *
 * @param comment Its text, without the marks around it.
 * @param isDoc True for JSDoc, whose first sentence is a summary.
 * @returns A sentence for each problem.
 */
export function findHardComment(comment: string, isDoc: boolean): string[] {
  const text = comment
    .replace(/^\*/, "")
    .replace(/```[^]*?```/g, "")
    .replace(/`[^`]*`/g, "`code`")
    .split(/\n[ \t]*\*?[ \t]*(?=\n|@|- |\|)/)
    .map((paragraph) => paragraph.replace(/\s*\n\s*\*? */g, " ").trim());
  const summary = text.find((paragraph) => paragraph !== "") ?? "";
  if (isDoc && isQuestion(summary) && !/^[^.]*\?/.test(summary)) {
    return [
      `begin the summary with a verb or a noun: "${summary.slice(0, 60)}"`,
      ...text.flatMap(findWords),
    ];
  }
  return text.flatMap((text) => [...findWords(text), ...findClauses(text)]);
}

const plugin: Deno.lint.Plugin = {
  name: "flight-prose",
  rules: {
    comments: {
      create(context) {
        if (!context.filename.startsWith(ROOT)) return {};
        const path = context.filename.slice(ROOT.length);
        if (GENERATED.test(path) || TESTS.test(path)) return {};
        return {
          Program() {
            for (
              const { text, isDoc, range } of commentsOf(context.sourceCode)
            ) {
              for (const message of findHardComment(text, isDoc)) {
                context.report({ range, message });
              }
            }
          },
        };
      },
    },
    texts: {
      create(context) {
        if (!context.filename.startsWith(ROOT)) return {};
        const path = context.filename.slice(ROOT.length);
        // Published texts: those of internal/ and the entry points.
        if (!/^(?:internal\/.*|[^/]+)\.ts$/.test(path) || TESTS.test(path)) {
          return {};
        }
        function check(range: Deno.lint.Range, text: string): void {
          for (const message of findWords(text)) {
            context.report({ range, message });
          }
        }
        return {
          Literal({ range, value }) {
            if (typeof value === "string") check(range, value);
          },
          TemplateElement({ range, raw }) {
            check(range, raw);
          },
        };
      },
    },
  },
};

export default plugin;
