/** Text from a peer, made safe for a line of text. */

/** Most characters that are shown. */
const MAX_CHARACTERS = 200;

/**
 * Puts text in double quotes, on one line and without any character that a
 * terminal or a log would act on.
 *
 * @param text Text of a peer.
 * @param maxCharacters Most characters to show; three dots stand for the rest.
 */
export function quoted(
  text: string,
  maxCharacters: number = MAX_CHARACTERS,
): string {
  const shown = text.slice(0, maxCharacters).toWellFormed();
  const dots = text.length > maxCharacters ? "…" : "";
  const escaped = JSON.stringify(shown).slice(1, -1);
  return `"${escapeUnprintable(escaped)}${dots}"`;
}

/** Escapes control and format characters, separators of lines, and private use. */
export function escapeUnprintable(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`,
  );
}

/** Shows the start of some bytes as quoted text; see {@linkcode quoted}. */
export function quotedBytes(
  bytes: Uint8Array,
  maxCharacters: number = MAX_CHARACTERS,
): string {
  // A character has up to four bytes; the dots need one more.
  const start = bytes.subarray(0, 4 * (maxCharacters + 1));
  return quoted(new TextDecoder().decode(start), maxCharacters);
}
