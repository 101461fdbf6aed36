/** Text of a peer, for a terminal. */

/**
 * Makes characters visible that a terminal would obey, or that would break a line.
 *
 * @param text Text from anywhere.
 * @returns Text of one line.
 */
export function plainText(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu,
    (c) => {
      switch (c) {
        case "\n":
          return "\\n";
        case "\r":
          return "\\r";
        case "\t":
          return "\\t";
        default:
          return c < "\x80"
            ? `\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}`
            : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`;
      }
    },
  );
}
