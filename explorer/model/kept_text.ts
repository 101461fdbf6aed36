/// <reference lib="dom" />
/** Texts that the browser keeps between visits. */

/** A browser may forbid its storage, or have no room in it: the page then keeps them while it is open. */
const texts = new Map<string, string>();

/**
 * Reads a text.
 *
 * @param key Its key.
 * @returns The text; `undefined` where there is none.
 */
export function keptText(key: string): string | undefined {
  try {
    return texts.get(key) ?? localStorage.getItem(key) ?? undefined;
  } catch {
    return undefined;
  }
}

/**
 * Keeps a text.
 *
 * @param key Its key.
 * @param text The text.
 */
export function keepText(key: string, text: string): void {
  texts.set(key, text);
  try {
    localStorage.setItem(key, text);
  } catch {
    // The text is in the page.
  }
}
