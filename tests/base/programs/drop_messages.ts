/**
 * Takes the memory of 2000 messages of 1 MiB, and drops it.
 *
 * @module
 */
import { messageMemory } from "../../../internal/base/message_memory.ts";

for (let i = 0; i < 2000; i++) {
  messageMemory.take(1024 * 1024);
  if (i % 8 === 0) await new Promise((resolve) => setTimeout(resolve));
}
