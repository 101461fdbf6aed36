/** Every malformed IPC message of these tests. */

import type { Case } from "./malformed.ts";
import { MALFORMED_BATCHES } from "./malformed_batches.ts";
import {
  MALFORMED_BODIES,
  MALFORMED_DICTIONARIES,
} from "./malformed_bodies.ts";
import { BOMBS } from "./malformed_bombs.ts";
import { MALFORMED_ENCODINGS } from "./malformed_encodings.ts";
import { MALFORMED_HEADERS } from "./malformed_headers.ts";
import { MALFORMED_SCHEMAS } from "./malformed_schemas.ts";

/** All of them; the last message of each case is the malformed one. */
export const MALFORMED_IPC: readonly Case[] = [
  ...MALFORMED_HEADERS,
  ...MALFORMED_SCHEMAS,
  ...MALFORMED_BATCHES,
  ...MALFORMED_BODIES,
  ...MALFORMED_DICTIONARIES,
  ...MALFORMED_ENCODINGS,
  ...BOMBS,
];
