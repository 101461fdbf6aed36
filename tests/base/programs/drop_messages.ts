/**
 * Takes the memory of 2000 messages of 1 MiB, and drops each after as many others as the argument
 * says.
 *
 * @module
 */
import process from "node:process";

import { messageMemory } from "../../../internal/base/message_memory.ts";

const inUse = Number(process.argv[2]);
const messages: Uint8Array[] = [];
for (let i = 0; i < 2000; i++) {
  messages.push(messageMemory.take(1024 * 1024));
  if (messages.length > inUse) messages.shift();
  if (i % 8 === 0) await new Promise((resolve) => setTimeout(resolve));
}
