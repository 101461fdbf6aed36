/** Methods that read the bytes of a received message as text. */

import { toText } from "../base/bytes.ts";

/**
 * The methods `text()` and `json()`. They are not enumerable: a message is equal to another object with
 * the same bytes.
 *
 * @param key The key of the bytes; without them the text is empty.
 * @returns Descriptors of the methods.
 */
export function textMethods<K extends string>(key: K): PropertyDescriptorMap {
  type Holder = Readonly<Partial<Record<K, Uint8Array>>>;
  const textOf = (holder: Holder): string => {
    const bytes = holder[key];
    return bytes === undefined ? "" : toText(bytes);
  };
  return {
    text: {
      value(this: Holder) {
        return textOf(this);
      },
    },
    json: {
      value(this: Holder) {
        return JSON.parse(textOf(this));
      },
    },
  };
}
