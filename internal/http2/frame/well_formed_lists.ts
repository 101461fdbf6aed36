/** Header lists that need no second check. */

import { MAX_REMEMBERED } from "../hpack/decoder.ts";
import type { HeaderList } from "../hpack/header.ts";
import type { HeaderKind } from "./field_rules.ts";

/** The last well-formed lists of those that a decoder gives again: most calls of a connection have the same headers. */
export class WellFormedLists {
  readonly #lists: HeaderList[] = [];
  readonly #kinds: HeaderKind[] = [];
  #next = 0;

  /** Reports whether a list is one of them, as a part of this kind. */
  has(headers: HeaderList, kind: HeaderKind): boolean {
    const at = this.#lists.indexOf(headers);
    return at >= 0 && this.#kinds[at] === kind;
  }

  /** Adds a list, in the place of the oldest. */
  add(headers: HeaderList, kind: HeaderKind): void {
    this.#lists[this.#next] = headers;
    this.#kinds[this.#next] = kind;
    this.#next = (this.#next + 1) % MAX_REMEMBERED;
  }
}
