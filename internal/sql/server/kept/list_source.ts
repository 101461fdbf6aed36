/** Values that are all at hand, as a source. */

import type { Source } from "../../../base/source.ts";

/** Source of values that are all at hand. */
export class ListSource<T> implements Source<T> {
  readonly values: readonly T[];
  #next = 0;

  /** @param values The values. */
  constructor(values: readonly T[]) {
    this.values = values;
  }

  read(): Promise<T | undefined> {
    return Promise.resolve(this.take());
  }

  take(): T | undefined {
    return this.values[this.#next++];
  }

  cancel(): void {
    this.#next = this.values.length;
  }
}
