/**
 * The implementations that are not ours, by what the options call them.
 *
 * @module
 */
import { CPP } from "./cpp.ts";
import { GO } from "./go.ts";
import type { Implementation } from "./implementation.ts";
import { JAVA } from "./java.ts";
import { RUST } from "./rust.ts";

/** All of them. */
export const IMPLEMENTATIONS = {
  go: GO,
  java: JAVA,
  rust: RUST,
  cpp: CPP,
} satisfies Record<string, Implementation>;
