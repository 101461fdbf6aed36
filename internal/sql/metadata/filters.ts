/** Filters of the metadata commands. */

/** The character before `%`, `_` or itself that takes their meaning away (SqlInfo 513). */
const SEARCH_ESCAPE = "\\";

/** One part of a pattern: any run of characters, any one character, or exactly this one. */
type PatternPart = "run" | "one" | { readonly character: string };

/**
 * Makes a test of a LIKE pattern: `%` stands for any run of characters, `_` for one; a backslash
 * before them makes them ordinary. Case counts. For any pattern, the test of a text takes at most
 * the product of both lengths.
 *
 * @param pattern The pattern; `undefined` lets everything pass.
 * @returns A function that reports whether a text matches; a missing text counts as empty.
 */
export function likeFilter(
  pattern: string | undefined,
): (text: string | undefined) => boolean {
  if (pattern === undefined) return () => true;
  const parts = partsOf(pattern);
  return (text) => matches([...text ?? ""], parts);
}

function partsOf(pattern: string): PatternPart[] {
  const parts: PatternPart[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i]!;
    const next = characters[i + 1];
    if (character === SEARCH_ESCAPE && next !== undefined) {
      i++;
      // Before any other character it stands for itself.
      if (!/[%_\\]/.test(next)) parts.push({ character });
      parts.push({ character: next });
    } else if (character !== "%") {
      parts.push(character === "_" ? "one" : { character });
    } else if (parts.at(-1) !== "run") parts.push("run");
  }
  return parts;
}

/** Goes back to the last run only: earlier ones need not be tried again. */
function matches(
  text: readonly string[],
  parts: readonly PatternPart[],
): boolean {
  let [at, part] = [0, 0];
  let run: { part: number; at: number } | undefined;
  while (at < text.length) {
    const wanted = parts[part];
    if (wanted === "run") run = { part: part++, at };
    else if (
      wanted === "one" ||
      (wanted !== undefined && wanted.character === text[at])
    ) {
      at++;
      part++;
    } else if (run !== undefined) {
      part = run.part + 1;
      at = ++run.at;
    } else return false;
  }
  while (parts[part] === "run") part++;
  return part === parts.length;
}

/**
 * Makes a test of an exact name.
 *
 * @param name The name; `undefined` lets everything pass, an empty text only what has no name.
 * @returns Whether a name passes.
 */
export function nameFilter(
  name: string | undefined,
): (text: string | undefined) => boolean {
  if (name === undefined) return () => true;
  return (text) => (text ?? "") === name;
}

/**
 * Compares texts by their code points, as the bytes of UTF-8 are ordered; what is absent comes first.
 *
 * @returns Less than 0, 0, or more than 0.
 */
export function compareTexts(
  a: string | undefined,
  b: string | undefined,
): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)];
    if (left !== right) return inCodePoints(left) - inCodePoints(right);
  }
  return a.length - b.length;
}

/** Surrogates stand for characters above all others. */
function inCodePoints(unit: number): number {
  return unit >= 0xd800 && unit < 0xe000 ? unit + 0x10000 : unit;
}
