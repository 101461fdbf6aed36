/**
 * A stand-in for `@std/assert`, for machines that cannot reach JSR.
 *
 * @module
 */

export { AssertionError } from "./assertion_error.ts";
export { equal } from "./equal.ts";
export {
  assert,
  assertExists,
  assertFalse,
  assertInstanceOf,
  assertNotInstanceOf,
  fail,
  type Falsy,
  unimplemented,
  unreachable,
} from "./conditions.ts";
export {
  assertArrayIncludes,
  assertEquals,
  assertNotEquals,
  assertNotStrictEquals,
  assertObjectMatch,
  assertStrictEquals,
} from "./equality.ts";
export {
  assertAlmostEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLess,
  assertLessOrEqual,
} from "./order.ts";
export {
  assertMatch,
  assertNotMatch,
  assertStringIncludes,
} from "./strings.ts";
export { assertIsError, assertRejects, assertThrows } from "./throws.ts";
