/** The rules of prose find hard sentences, in documents, comments and texts. */

import { assertEquals } from "@std/assert";
import { test } from "node:test";
import { findHardProse, findQuestions } from "../../tools/check_prose.ts";
import prosePlugin, { findHardComment } from "../../tools/lint_prose.ts";

test("prose: clauses as subjects and the words of the list are found", () => {
  const page = `# What a server does

- [How it works](#how)

It reads. What it reads
is checked.

| call | Whoever calls, waits. |

Why not? How is it known? Nobody knows.
The behaviour is
that of a catalogue.
`;
  const subject = "give the sentence a noun as subject";
  assertEquals(findHardProse("a.md", page), [
    `a.md:5: ${subject}: "What it reads is checked."`,
    'a.md:8: "Whoever": say the one meant: the reader, the caller, …',
    `a.md:8: ${subject}: "Whoever calls, waits."`,
    'a.md:10: "Nobody": say no one, or a positive statement',
    'a.md:10: "behaviour": say behavior',
    'a.md:10: "catalogue": say catalog',
  ]);
});

test("prose: code, quotations and generated parts are not looked at", () => {
  const page = `The name is \`nobody\`.

\`\`\`sh
# What it does is this.
\`\`\`

> Nobody said so.

<!-- results -->

What the peer lacks: nobody knows.

<!-- /results -->
`;
  assertEquals(findHardProse("a.md", page), []);
});

test("prose: summaries that begin with a question word are counted", () => {
  const summaries = ["What it is.", "The size.", "Whether it is.", "Whatsit."];
  assertEquals(findQuestions(summaries), ["What it is.", "Whether it is."]);
});

test("prose: hard summaries, clauses and words of comments are found", () => {
  const problems = (comment: string) => findHardComment(comment, true);
  assertEquals(problems("* Whether it is `whatever`, as nobody knows. "), [
    'begin the summary with a verb or a noun: "Whether it is `code`, as nobody knows."',
    '"nobody": say no one, or a positive statement',
  ]);
  assertEquals(
    problems("*\n * Reads.\n *\n * Reads again. What it\n * reads is kept.\n "),
    ['give the sentence a noun as subject: "What it reads is kept."'],
  );
  assertEquals(findHardComment(" What is left.", false), [
    'give the sentence a noun as subject: "What is left."',
  ]);
  assertEquals(
    problems("* Is it a flag? Which one?\n * @param a Whether. "),
    [],
  );
  assertEquals(
    problems("* Runs.\n *\n * ```ts\n * // nobody\n * ```\n *\n * - a list\n "),
    [],
  );
});

test("prose: the lint plugin sees comments and texts", {
  skip: !("Deno" in globalThis),
}, () => {
  const path = (file: string) =>
    new URL(`../../${file}`, import.meta.url).pathname;
  const problems = (file: string, source: string) =>
    Deno.lint.runPlugin(prosePlugin, path(file), source)
      .map(({ message }) => message);
  const source = `
    /** How long it is. */
    const a = "it was cancelled";
    // A time-
    // out. Nobody
    // waits.
    const b = \`${"${a}"} for ever\`; // besides
  `;
  assertEquals(problems("internal/base/a.ts", source).sort(), [
    '"Nobody": say no one, or a positive statement',
    '"besides": say also',
    '"cancelled": say canceled, canceling',
    '"for ever": say forever',
    'begin the summary with a verb or a noun: "How long it is."',
  ]);
  assertEquals(problems("tools/a.ts", source).length, 3);
  assertEquals(problems("proto/flight/a.ts", source), []);
});
