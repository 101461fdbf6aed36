/** Descriptors, tickets and bodies as text. */

import type { FlightDescriptor } from "@contrail/flight/client";
import { hexText } from "./scalars.ts";

/** Decodes bytes that are UTF-8; `undefined` for others. */
function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true })
      .decode(bytes);
  } catch {
    return undefined;
  }
}

/** Bytes as text where they are UTF-8 and printable, else as hexadecimal digits after `0x`. */
export function bytesText(bytes: Uint8Array): string {
  const text = utf8Text(bytes);
  return text !== undefined && !/[^\P{Cc}\t\r\n]/u.test(text)
    ? text
    : `0x${hexText(bytes)}`;
}

/** A descriptor in one text: the parts of a path with `/` between them, or the command. */
export function descriptorText(descriptor: FlightDescriptor): string {
  switch (descriptor.type) {
    case "PATH":
      return descriptor.path.join("/");
    case "CMD":
      return bytesText(descriptor.cmd);
    case "UNKNOWN":
      return "";
  }
}
