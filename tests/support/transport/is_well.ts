/** A client that has done nothing wrong. */

import { assertEquals } from "@std/assert";
import { request } from "./call_parts.ts";
import { block } from "./messages.ts";
import { rest, values } from "./test_source.ts";
import type { Pair } from "./tested_transport.ts";

/** Another client is served as if nothing had happened. */
export async function isWell({ client }: Pair): Promise<void> {
  const { messages } = client.call(request({ messages: values(block(10)) }));
  assertEquals((await rest(messages)).length, 1);
}
