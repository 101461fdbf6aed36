/**
 * axe, which finds faults of accessibility.
 *
 * @module
 */
import axe from "axe-core";

/** Its program, for a page. */
export const AXE_SOURCE: string = axe.source;
