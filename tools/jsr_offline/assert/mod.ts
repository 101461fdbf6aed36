/**
 * A stand-in for `@std/assert`, for machines that cannot reach JSR.
 *
 * @module
 */

export { AssertionError } from "./assertion_error.ts";
export {
  assert,
  assertFalse,
  assertInstanceOf,
  type Falsy,
} from "./conditions.ts";
export { equal } from "./equal.ts";
export {
  assertEquals,
  assertNotEquals,
  assertStrictEquals,
} from "./equality.ts";
export {
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "./order.ts";
export { assertMatch, assertStringIncludes } from "./strings.ts";
export { assertRejects, assertThrows } from "./throws.ts";
