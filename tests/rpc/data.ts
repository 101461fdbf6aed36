/** Old name of several modules of `tests/support/`; import those. */
export * from "../support/events.ts";
export * from "../support/numbers.ts";
export * from "../support/rejections.ts";
