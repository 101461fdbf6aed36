/**
 * Rules for prose, for documents as for comments and error texts.
 *
 * @module
 */

/** Words that have a plainer or an American form, and that form. */
const WORDS: readonly (readonly [word: RegExp, better: string])[] = [
  [/\bnobody\b/i, "no one, or a positive statement"],
  [/\bsomebody\b/i, "the caller, the reader, …"],
  [/\beverybody\b/i, "everyone, all callers, …"],
  [/\bwho(?:m)?ever\b/i, "the one meant: the reader, the caller, …"],
  [/\bbesides\b/i, "also"],
  [/\b(?:is|are|was|were) to be\b/i, "must be, will be, or an active verb"],
  [/\bfor ever\b/i, "forever"],
  [/\bbehaviour/i, "behavior"],
  [/\bcancell(?:ed|ing)\b/, "canceled, canceling"],
  [/\bcatalogue/i, "catalog"],
  [/\b(?:colour|favour|honour)/i, "color, favor, honor"],
  [/\b(?:recognis|optimis|normalis|serialis|initialis)/i, "-iz-"],
  [/\btime-outs?\b/i, "timeout"],
  [/\bwork-arounds?\b/i, "workaround"],
];

/** A sentence whose subject is a clause. */
const CLAUSE =
  /^(?:What|Who|Whom|Whose|Whoever|Whatever|Whichever|Whether|How)\b/;

/** A summary that begins with a question word. */
const QUESTION =
  /^(?:What|Who|Whom|Whose|Whoever|Whether|How|Where|When|Which|Why)\b/;

/** Finds words of the list in a text: a sentence for each. */
export function findWords(text: string): string[] {
  const problems: string[] = [];
  for (const [word, better] of WORDS) {
    const found = word.exec(text)?.[0];
    if (found) problems.push(`"${found}": say ${better}`);
  }
  return problems;
}

/** Finds sentences of a paragraph whose subject is a clause. */
export function findClauses(text: string): string[] {
  const problems: string[] = [];
  // A colon ends no sentence, a full stop within a link or a name neither.
  for (const sentence of text.split(/(?<=[.!?][)*_"]*)\s+(?=[A-Z*_["(])/)) {
    const plain = sentence.replace(/^[*_["(]+/, "");
    // Titles, in headings and links, end without a full stop; questions are fine.
    if (!CLAUSE.test(plain) || !/[.:;!][)*_"]*$/.test(plain)) continue;
    problems.push(
      `give the sentence a noun as subject: "${plain.slice(0, 60)}"`,
    );
  }
  return problems;
}

/** Reports whether a summary begins with a question word. */
export function isQuestion(summary: string): boolean {
  return QUESTION.test(summary.trim());
}
