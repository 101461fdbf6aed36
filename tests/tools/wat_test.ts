import { assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { assembleWat } from "../../tools/wat/assemble_wat.ts";

function exportsOf(text: string): Record<string, CallableFunction> {
  const module = new WebAssembly.Module(assembleWat(text));
  const { exports } = new WebAssembly.Instance(module);
  return exports as Record<string, CallableFunction>;
}

test("WAT: blocks, loops, choices and calls are assembled", () => {
  const { sum } = exportsOf(`(module
    (func $next (param $n i32) (result i32)
      (i32.sub (local.get $n) (i32.const 1)))
    (func $sum (param $n i32) (result i32) (local $all i32)
      (block $done
        (loop $more
          (if (i32.eqz (local.get $n)) (then (br $done))
            (else (local.set $all
              (i32.add (local.get $all) (local.get $n)))))
          (local.set $n (call $next (local.get $n)))
          (br $more)))
      (local.get $all))
    (export "sum" (func $sum)))`);
  assertEquals(sum!(1000), 500_500);
});

test("WAT: constants of every size are assembled", () => {
  for (const value of [0, 63, 64, -64, -65, 8191, 0x7fffffff, -0x80000000]) {
    const { get } = exportsOf(`(module
      (func $get (result i32) (i32.const ${value}))
      (export "get" (func $get)))`);
    assertEquals(get!(), value);
  }
  const { high } = exportsOf(`(module
    (func $high (result i32) (i32.wrap_i64
      (i64.shr_u (i64.const 889523592379) (i64.const 32))))
    (export "high" (func $high)))`);
  assertEquals(high!(), 207);
});

test("WAT: text that is not known is refused", () => {
  for (
    const [text, problem] of [
      ["(func)", "there is no module"],
      ["(module", "a ) is missing"],
      ["(module))", "a ) is too much"],
      ["(module (func $f (f32.nearest)))", "f32.nearest is not known"],
      ["(module (func $f (br $away)))", "$away is not known"],
      ["(module (func $f (call $g)))", "$g is not known"],
    ] as const
  ) assertThrows(() => assembleWat(text), SyntaxError, problem);
});
