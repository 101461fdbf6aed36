;; Checks of numbers in blocks of memory, as value_checks.ts has them in JavaScript.
;;
;; `deno run -A tools/compile_wasm.ts` compiles this file to kernel_wasm.ts.
;;
;; The block begins at 128 and ends at $end; its size is a multiple of 64 bytes. Below it are:
;;
;;     0  16 bytes: the largest numbers so far, a lane for each
;;    16  16 bytes: 255 for each type id of a sparse union
;;    32  64 bytes: the last offset for each type id of a dense union, or -1; first the low bytes
;;                  of all, then the next ones
;;
;; The type ids of a dense union are at 16,640, and their offsets are the block.
(module
  (memory (export "memory") 1)

  ;; Returns 1 if a number is greater than the next one, of which there is one behind the block.
  (func (export "steps32") (param $end i32) (result i32)
    (local $at i32)
    (local $s v128) (local $t v128) (local $u v128) (local $v v128)
    (local.set $at (i32.const 128))
    (loop $next
      (local.set $s (v128.or (local.get $s) (i32x4.gt_s
        (v128.load (local.get $at)) (v128.load offset=4 (local.get $at)))))
      (local.set $t (v128.or (local.get $t) (i32x4.gt_s
        (v128.load offset=16 (local.get $at)) (v128.load offset=20 (local.get $at)))))
      (local.set $u (v128.or (local.get $u) (i32x4.gt_s
        (v128.load offset=32 (local.get $at)) (v128.load offset=36 (local.get $at)))))
      (local.set $v (v128.or (local.get $v) (i32x4.gt_s
        (v128.load offset=48 (local.get $at)) (v128.load offset=52 (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (v128.any_true (v128.or
      (v128.or (local.get $s) (local.get $t))
      (v128.or (local.get $u) (local.get $v)))))

  ;; The same for 64 bits.
  (func (export "steps64") (param $end i32) (result i32)
    (local $at i32)
    (local $s v128) (local $t v128) (local $u v128) (local $v v128)
    (local.set $at (i32.const 128))
    (loop $next
      (local.set $s (v128.or (local.get $s) (i64x2.gt_s
        (v128.load (local.get $at)) (v128.load offset=8 (local.get $at)))))
      (local.set $t (v128.or (local.get $t) (i64x2.gt_s
        (v128.load offset=16 (local.get $at)) (v128.load offset=24 (local.get $at)))))
      (local.set $u (v128.or (local.get $u) (i64x2.gt_s
        (v128.load offset=32 (local.get $at)) (v128.load offset=40 (local.get $at)))))
      (local.set $v (v128.or (local.get $v) (i64x2.gt_s
        (v128.load offset=48 (local.get $at)) (v128.load offset=56 (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (v128.any_true (v128.or
      (v128.or (local.get $s) (local.get $t))
      (v128.or (local.get $u) (local.get $v)))))

  ;; Finds the largest numbers.
  (func (export "max8") (param $end i32)
    (local $at i32)
    (local $s v128) (local $t v128) (local $u v128) (local $v v128)
    (local.set $at (i32.const 128))
    (local.set $s (v128.load (i32.const 0)))
    (loop $next
      (local.set $s (i8x16.max_u (local.get $s) (v128.load (local.get $at))))
      (local.set $t (i8x16.max_u (local.get $t) (v128.load offset=16 (local.get $at))))
      (local.set $u (i8x16.max_u (local.get $u) (v128.load offset=32 (local.get $at))))
      (local.set $v (i8x16.max_u (local.get $v) (v128.load offset=48 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (v128.store (i32.const 0) (i8x16.max_u
      (i8x16.max_u (local.get $s) (local.get $t))
      (i8x16.max_u (local.get $u) (local.get $v)))))

  ;; The same for 16 bits.
  (func (export "max16") (param $end i32)
    (local $at i32)
    (local $s v128) (local $t v128) (local $u v128) (local $v v128)
    (local.set $at (i32.const 128))
    (local.set $s (v128.load (i32.const 0)))
    (loop $next
      (local.set $s (i16x8.max_u (local.get $s) (v128.load (local.get $at))))
      (local.set $t (i16x8.max_u (local.get $t) (v128.load offset=16 (local.get $at))))
      (local.set $u (i16x8.max_u (local.get $u) (v128.load offset=32 (local.get $at))))
      (local.set $v (i16x8.max_u (local.get $v) (v128.load offset=48 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (v128.store (i32.const 0) (i16x8.max_u
      (i16x8.max_u (local.get $s) (local.get $t))
      (i16x8.max_u (local.get $u) (local.get $v)))))

  ;; The same for 32 bits.
  (func (export "max32") (param $end i32)
    (local $at i32)
    (local $s v128) (local $t v128) (local $u v128) (local $v v128)
    (local.set $at (i32.const 128))
    (local.set $s (v128.load (i32.const 0)))
    (loop $next
      (local.set $s (i32x4.max_u (local.get $s) (v128.load (local.get $at))))
      (local.set $t (i32x4.max_u (local.get $t) (v128.load offset=16 (local.get $at))))
      (local.set $u (i32x4.max_u (local.get $u) (v128.load offset=32 (local.get $at))))
      (local.set $v (i32x4.max_u (local.get $v) (v128.load offset=48 (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (v128.store (i32.const 0) (i32x4.max_u
      (i32x4.max_u (local.get $s) (local.get $t))
      (i32x4.max_u (local.get $u) (local.get $v)))))

  ;; Returns 1 if the union has all of the type ids.
  (func (export "sparse") (param $end i32) (result i32)
    (local $at i32)
    (local $ids v128) (local $s v128) (local $t v128) (local $u v128) (local $v v128)
    (local.set $at (i32.const 128))
    (local.set $ids (v128.load (i32.const 16)))
    (local.set $s (local.tee $t (local.tee $u (local.tee $v (v128.const i32x4 -1 -1 -1 -1)))))
    (loop $next
      (local.set $s (v128.and (local.get $s) (i8x16.swizzle
        (local.get $ids) (v128.load (local.get $at)))))
      (local.set $t (v128.and (local.get $t) (i8x16.swizzle
        (local.get $ids) (v128.load offset=16 (local.get $at)))))
      (local.set $u (v128.and (local.get $u) (i8x16.swizzle
        (local.get $ids) (v128.load offset=32 (local.get $at)))))
      (local.set $v (v128.and (local.get $v) (i8x16.swizzle
        (local.get $ids) (v128.load offset=48 (local.get $at)))))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (i8x16.all_true (v128.and
      (v128.and (local.get $s) (local.get $t))
      (v128.and (local.get $u) (local.get $v)))))

  ;; Returns 1 if the children of the union have all of the rows.
  (func (export "dense") (param $end i32) (result i32)
    (local $at i32) (local $row i32)
    (local $ids v128) (local $most v128) (local $signs v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $x v128) (local $y v128)
    (local.set $at (i32.const 128))
    (loop $next
      (local.set $ids (v128.load offset=16640 (local.get $row)))
      (local.set $most (i8x16.max_u (local.get $most) (local.get $ids)))
      ;; The bytes of the last offsets of 16 rows.
      (local.set $a (i8x16.swizzle (v128.load (i32.const 32)) (local.get $ids)))
      (local.set $b (i8x16.swizzle (v128.load (i32.const 48)) (local.get $ids)))
      (local.set $c (i8x16.swizzle (v128.load (i32.const 64)) (local.get $ids)))
      (local.set $d (i8x16.swizzle (v128.load (i32.const 80)) (local.get $ids)))
      ;; The first 8 of them, then the others.
      (local.set $x (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23
        (local.get $a) (local.get $b)))
      (local.set $y (i8x16.shuffle 0 16 1 17 2 18 3 19 4 20 5 21 6 22 7 23
        (local.get $c) (local.get $d)))
      (local.set $a (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31
        (local.get $a) (local.get $b)))
      (local.set $c (i8x16.shuffle 8 24 9 25 10 26 11 27 12 28 13 29 14 30 15 31
        (local.get $c) (local.get $d)))
      (local.set $b (v128.load (local.get $at)))
      (local.set $signs (v128.or (local.get $signs) (v128.or (local.get $b) (i32x4.sub
        (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23
          (local.get $x) (local.get $y))
        (local.get $b)))))
      (local.set $b (v128.load offset=16 (local.get $at)))
      (local.set $signs (v128.or (local.get $signs) (v128.or (local.get $b) (i32x4.sub
        (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31
          (local.get $x) (local.get $y))
        (local.get $b)))))
      (local.set $b (v128.load offset=32 (local.get $at)))
      (local.set $signs (v128.or (local.get $signs) (v128.or (local.get $b) (i32x4.sub
        (i8x16.shuffle 0 1 16 17 2 3 18 19 4 5 20 21 6 7 22 23
          (local.get $a) (local.get $c))
        (local.get $b)))))
      (local.set $b (v128.load offset=48 (local.get $at)))
      (local.set $signs (v128.or (local.get $signs) (v128.or (local.get $b) (i32x4.sub
        (i8x16.shuffle 8 9 24 25 10 11 26 27 12 13 28 29 14 15 30 31
          (local.get $a) (local.get $c))
        (local.get $b)))))
      (local.set $row (i32.add (local.get $row) (i32.const 16)))
      (local.set $at (i32.add (local.get $at) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $end))))
    (i32.eqz (i32.or
      (i32x4.bitmask (local.get $signs))
      (i8x16.bitmask (i8x16.gt_u (local.get $most) (i8x16.splat (i32.const 15)))))))
)
