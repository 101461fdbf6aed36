/**
 * The names of the cases that run in a Worker.
 *
 * @module
 */
import { connectInMemory } from "../../../memory.ts";
import { allCases } from "./all_cases.ts";

/** The names. */
export const CASE_NAMES: readonly string[] = Object.keys(
  allCases(connectInMemory({})),
);
