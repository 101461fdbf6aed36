;; LZ4 blocks, as block_encoder.ts and block_decoder.ts have them.
;;
;; https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md
;;
;; `deno run -A tools/compile_wasm.ts` compiles this file to block_wasm.ts.
;; Copies go 8 or 16 bytes at a time, and may read and write up to 16 bytes
;; beyond their end: the caller leaves room after both regions.
(module
  ;; The first 16 KiB are the table of the encoder, which has the lower 16 bits
  ;; of positions.
  (memory 2)

  ;; Decodes the block from $at to $end, and returns the position at which its
  ;; output ends; -1 if it is malformed, or does not fit.
  ;; $first: the first byte that the block may refer to.
  (func $decode (param $at i32) (param $end i32) (param $out i32)
    (param $limit i32) (param $first i32) (result i32)
    (local $token i32) (local $length i32) (local $byte i32)
    (local $offset i32) (local $match i32) (local $stop i32)
    (local $wideEnd i32) (local $wideLimit i32) (local $bits i64)
    ;; Before these, the shortest sequences need no checks of their ends: a
    ;; token, 14 literals and an offset, which become 14 and 18 bytes.
    (local.set $wideEnd (i32.sub (local.get $end) (i32.const 17)))
    (local.set $wideLimit (i32.sub (local.get $limit) (i32.const 32)))
    (block $bad
      (loop $sequence
        (block $long
          (br_if $long (i32.gt_s (local.get $at) (local.get $wideEnd)))
          (br_if $long (i32.gt_s (local.get $out) (local.get $wideLimit)))
          (local.set $token (i32.load8_u (local.get $at)))
          (local.set $length (i32.shr_u (local.get $token) (i32.const 4)))
          (br_if $long (i32.eq (local.get $length) (i32.const 15)))
          (local.set $byte (i32.and (local.get $token) (i32.const 15)))
          (br_if $long (i32.eq (local.get $byte) (i32.const 15)))
          (v128.store (local.get $out) (v128.load offset=1 (local.get $at)))
          (local.set $stop (i32.add (local.get $out) (local.get $length)))
          (local.set $length (i32.add (local.get $at) (local.get $length)))
          (local.set $offset (i32.load16_u offset=1 (local.get $length)))
          (local.set $match (i32.sub (local.get $stop) (local.get $offset)))
          (br_if $long (i32.lt_u (local.get $offset) (i32.const 8)))
          (br_if $long (i32.lt_s (local.get $match) (local.get $first)))
          (i64.store (local.get $stop) (i64.load (local.get $match)))
          (i64.store offset=8 (local.get $stop)
            (i64.load offset=8 (local.get $match)))
          (i64.store offset=16 (local.get $stop)
            (i64.load offset=16 (local.get $match)))
          (local.set $at (i32.add (local.get $length) (i32.const 3)))
          (local.set $out (i32.add (i32.add (local.get $stop)
            (local.get $byte)) (i32.const 4)))
          (br $sequence))

        (br_if $bad (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $token (i32.load8_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))

        (local.set $length (i32.shr_u (local.get $token) (i32.const 4)))
        (if (i32.eq (local.get $length) (i32.const 15))
          (then
            (loop $more
              (br_if $bad (i32.ge_u (local.get $at) (local.get $end)))
              (local.set $byte (i32.load8_u (local.get $at)))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $length (i32.add (local.get $length) (local.get $byte)))
              (br_if $more (i32.eq (local.get $byte) (i32.const 255))))))
        (br_if $bad (i32.gt_u (local.get $length)
          (i32.sub (local.get $end) (local.get $at))))
        (br_if $bad (i32.gt_u (local.get $length)
          (i32.sub (local.get $limit) (local.get $out))))
        (local.set $stop (i32.add (local.get $out) (local.get $length)))
        (local.set $length (i32.add (local.get $at) (local.get $length)))
        (loop $literals
          (v128.store (local.get $out) (v128.load (local.get $at)))
          (local.set $out (i32.add (local.get $out) (i32.const 16)))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br_if $literals (i32.lt_u (local.get $out) (local.get $stop))))
        (local.set $out (local.get $stop))
        (local.set $at (local.get $length))
        ;; The last sequence has literals only.
        (if (i32.eq (local.get $at) (local.get $end))
          (then (return (local.get $out))))

        (br_if $bad (i32.lt_u (i32.sub (local.get $end) (local.get $at))
          (i32.const 2)))
        (local.set $offset (i32.load16_u (local.get $at)))
        (local.set $at (i32.add (local.get $at) (i32.const 2)))
        (br_if $bad (i32.eqz (local.get $offset)))
        (br_if $bad (i32.gt_u (local.get $offset)
          (i32.sub (local.get $out) (local.get $first))))
        (local.set $length (i32.add (i32.const 4)
          (i32.and (local.get $token) (i32.const 15))))
        (if (i32.eq (local.get $length) (i32.const 19))
          (then
            (loop $more
              (br_if $bad (i32.ge_u (local.get $at) (local.get $end)))
              (local.set $byte (i32.load8_u (local.get $at)))
              (local.set $at (i32.add (local.get $at) (i32.const 1)))
              (local.set $length (i32.add (local.get $length) (local.get $byte)))
              (br_if $more (i32.eq (local.get $byte) (i32.const 255))))))
        (br_if $bad (i32.gt_u (local.get $length)
          (i32.sub (local.get $limit) (local.get $out))))
        (local.set $match (i32.sub (local.get $out) (local.get $offset)))
        (local.set $stop (i32.add (local.get $out) (local.get $length)))
        (block $copied
          (if (i32.lt_u (local.get $offset) (i32.const 8))
            (then
              (if (i32.gt_u (local.get $length) (i32.const 64))
                (then
                  ;; A copy that overlaps itself repeats: every step doubles
                  ;; the bytes for the next one.
                  (loop $doubled
                    (local.set $length
                      (i32.sub (local.get $out) (local.get $match)))
                    (if (i32.gt_u (local.get $length)
                      (i32.sub (local.get $stop) (local.get $out)))
                      (then (local.set $length
                        (i32.sub (local.get $stop) (local.get $out)))))
                    (memory.copy (local.get $out) (local.get $match)
                      (local.get $length))
                    (local.set $out
                      (i32.add (local.get $out) (local.get $length)))
                    (br_if $doubled
                      (i32.lt_u (local.get $out) (local.get $stop))))
                  (br $copied)))
              ;; The first 8 bytes: one to three that are repeated, or twice 4.
              (if (i32.lt_u (local.get $offset) (i32.const 4))
                (then
                  (local.set $bits (i64.shl (i64.const 1) (i64.extend_i32_u
                    (i32.shl (local.get $offset) (i32.const 3)))))
                  (i64.store (local.get $out) (i64.mul
                    (i64.and (i64.load (local.get $match))
                      (i64.sub (local.get $bits) (i64.const 1)))
                    (select
                      (i64.const 0x0101010101010101)
                      (select
                        (i64.const 0x0001000100010001)
                        (i64.const 0x0001000001000001)
                        (i32.eq (local.get $offset) (i32.const 2)))
                      (i32.eq (local.get $offset) (i32.const 1))))))
                (else
                  (i32.store (local.get $out)
                    (i32.load (local.get $match)))
                  (i32.store offset=4 (local.get $out)
                    (i32.load offset=4 (local.get $match)))))
              (local.set $out (i32.add (local.get $out) (i32.const 8)))
              (br_if $copied (i32.ge_u (local.get $out) (local.get $stop)))
              ;; The others from the nearest repetition that is 8 bytes before
              ;; or more: 8, 8, 9, 8, 10, 12 or 14, for offsets from 1 to 7.
              (local.set $match (i32.sub (local.get $out)
                (i32.and (i32.const 15)
                  (i32.shr_u (i32.const 0xeca89880)
                    (i32.shl (local.get $offset) (i32.const 2))))))))
          (loop $words
            (i64.store (local.get $out) (i64.load (local.get $match)))
            (local.set $out (i32.add (local.get $out) (i32.const 8)))
            (local.set $match (i32.add (local.get $match) (i32.const 8)))
            (br_if $words (i32.lt_u (local.get $out) (local.get $stop)))))
        (local.set $out (local.get $stop))
        (br $sequence)))
    (i32.const -1))

  ;; Writes a length of 15 or more, without its first 15.
  (func $extend (param $out i32) (param $rest i32) (result i32)
    (loop $more
      (if (i32.ge_u (local.get $rest) (i32.const 255))
        (then
          (i32.store8 (local.get $out) (i32.const 255))
          (local.set $out (i32.add (local.get $out) (i32.const 1)))
          (local.set $rest (i32.sub (local.get $rest) (i32.const 255)))
          (br $more))))
    (i32.store8 (local.get $out) (local.get $rest))
    (i32.add (local.get $out) (i32.const 1)))

  ;; Encodes the bytes from $start to $end, which lie more than 64 KiB from the
  ;; beginning, as one block; returns its end, or -1 if it does not fit.
  ;;
  ;; Columns often have one match after the other that ends as far behind the
  ;; last one: a value, or a row, with the same bytes as an earlier one. After
  ;; four of them the next is taken to end there too, and a branch checks that.
  ;; So the processor begins the next search before it has the length of this
  ;; match, which takes a third less time for integers.
  (func $encode (param $start i32) (param $end i32) (param $out i32)
    (param $limit i32) (result i32)
    (local $lastMatch i32) (local $matchEnd i32) (local $anchor i32)
    (local $at i32) (local $misses i32) (local $slot i32) (local $match i32)
    (local $length i32) (local $literals i32) (local $token i32)
    (local $from i32) (local $to i32) (local $bits i64) (local $word i64)
    ;; Bytes from one match's end to the next, and how often it was the same.
    (local $stride i32) (local $hits i32) (local $wideLimit i32)
    (memory.fill (i32.const 0) (i32.const 0) (i32.const 16384))
    ;; No match begins among the last 12 bytes, or reaches into the last 5.
    (local.set $lastMatch (i32.sub (local.get $end) (i32.const 12)))
    (local.set $matchEnd (i32.sub (local.get $end) (i32.const 5)))
    (local.set $wideLimit (i32.sub (local.get $limit) (i32.const 32)))
    (local.set $anchor (local.get $start))
    (local.set $at (local.get $start))
    (local.set $misses (i32.const 64))
    (block $done
      (loop $search
        (br_if $done (i32.gt_u (local.get $at) (local.get $lastMatch)))
        (local.set $word (i64.load (local.get $at)))
        ;; The hash of the first five bytes: with four, texts would have many
        ;; short matches that are hardly worth it.
        (local.set $slot (i32.shl
          (i32.wrap_i64 (i64.shr_u
            (i64.mul
              (i64.shl (local.get $word) (i64.const 24))
              (i64.const 889523592379))
            (i64.const 51)))
          (i32.const 1)))
        ;; The nearest position with these bits.
        (local.set $match (i32.sub (local.get $at) (i32.and
          (i32.sub (local.get $at) (i32.load16_u (local.get $slot)))
          (i32.const 65535))))
        (i32.store16 (local.get $slot) (local.get $at))
        (block $found
          (block $missed
            (br_if $missed (i32.ge_u
              (i32.sub (local.get $match) (local.get $start))
              (i32.sub (local.get $at) (local.get $start))))
            (br_if $found (i32.eq (i32.wrap_i64 (local.get $word))
              (i32.load (local.get $match)))))
          ;; Steps grow through data without repetitions.
          (local.set $at (i32.add (local.get $at)
            (i32.shr_u (local.get $misses) (i32.const 6))))
          (local.set $misses (i32.add (local.get $misses) (i32.const 1)))
          (br $search))
        (local.set $misses (i32.const 64))

        (local.set $to (i32.add (local.get $at) (i32.const 4)))
        (local.set $from (i32.add (local.get $match) (i32.const 4)))
        (block $stop
          (loop $words
            (local.set $bits (i64.xor (i64.load (local.get $to))
              (i64.load (local.get $from))))
            (br_if $stop (i64.ne (local.get $bits) (i64.const 0)))
            (local.set $to (i32.add (local.get $to) (i32.const 8)))
            (local.set $from (i32.add (local.get $from) (i32.const 8)))
            (br_if $words (i32.lt_u (local.get $to) (local.get $matchEnd)))))
        (local.set $to (i32.add (local.get $to) (i32.wrap_i64
          (i64.shr_u (i64.ctz (local.get $bits)) (i64.const 3)))))
        (local.set $length (i32.sub (local.get $to) (local.get $anchor)))
        (if (i32.ge_u (local.get $hits) (i32.const 4))
          (then
            (if (i32.eq (local.get $length) (local.get $stride))
              (then (local.set $to
                (i32.add (local.get $anchor) (local.get $stride))))
              (else (local.set $hits (i32.const 0)))))
          (else
            (local.set $hits (select
              (i32.add (local.get $hits) (i32.const 1))
              (i32.const 0)
              (i32.eq (local.get $length) (local.get $stride))))
            (local.set $stride (local.get $length))))
        (if (i32.gt_u (local.get $to) (local.get $matchEnd))
          (then (local.set $to (local.get $matchEnd))))

        (block $stop
          (loop $back
            (br_if $stop (i32.le_u (local.get $at) (local.get $anchor)))
            (br_if $stop (i32.le_u (local.get $match) (local.get $start)))
            (br_if $stop (i32.ne
              (i32.load8_u (i32.sub (local.get $at) (i32.const 1)))
              (i32.load8_u (i32.sub (local.get $match) (i32.const 1)))))
            (local.set $at (i32.sub (local.get $at) (i32.const 1)))
            (local.set $match (i32.sub (local.get $match) (i32.const 1)))
            (br $back)))

        ;; Without the 4 that every match has.
        (local.set $length (i32.sub
          (i32.sub (local.get $to) (local.get $at)) (i32.const 4)))
        (local.set $literals (i32.sub (local.get $at) (local.get $anchor)))
        ;; Short lengths, and room for more than they take.
        (block $long
          (br_if $long (i32.ge_u (local.get $length) (i32.const 15)))
          (br_if $long (i32.ge_u (local.get $literals) (i32.const 15)))
          (br_if $long (i32.gt_s (local.get $out) (local.get $wideLimit)))
          (i32.store8 (local.get $out) (i32.or
            (i32.shl (local.get $literals) (i32.const 4))
            (local.get $length)))
          (v128.store offset=1 (local.get $out)
            (v128.load (local.get $anchor)))
          (local.set $out (i32.add (local.get $out) (local.get $literals)))
          (i32.store16 offset=1 (local.get $out)
            (i32.sub (local.get $at) (local.get $match)))
          (local.set $out (i32.add (local.get $out) (i32.const 3)))
          (local.set $at (local.get $to))
          (local.set $anchor (local.get $to))
          (br $search))
        ;; Token, lengths, literals, offset.
        (if (i32.gt_u
          (i32.add (i32.add (local.get $out) (local.get $literals))
            (i32.add (i32.const 7) (i32.shr_u
              (i32.add (local.get $literals) (local.get $length))
              (i32.const 7))))
          (local.get $limit))
          (then (return (i32.const -1))))
        (local.set $token (local.get $out))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (if (i32.ge_u (local.get $literals) (i32.const 15))
          (then
            (i32.store8 (local.get $token) (i32.const 240))
            (local.set $out (call $extend (local.get $out)
              (i32.sub (local.get $literals) (i32.const 15)))))
          (else (i32.store8 (local.get $token)
            (i32.shl (local.get $literals) (i32.const 4)))))
        (local.set $from (local.get $anchor))
        (local.set $literals (i32.add (local.get $out) (local.get $literals)))
        (loop $copy
          (v128.store (local.get $out) (v128.load (local.get $from)))
          (local.set $out (i32.add (local.get $out) (i32.const 16)))
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (br_if $copy (i32.lt_u (local.get $out) (local.get $literals))))
        (local.set $out (local.get $literals))
        (i32.store16 (local.get $out)
          (i32.sub (local.get $at) (local.get $match)))
        (local.set $out (i32.add (local.get $out) (i32.const 2)))
        (if (i32.ge_u (local.get $length) (i32.const 15))
          (then
            (i32.store8 (local.get $token)
              (i32.or (i32.load8_u (local.get $token)) (i32.const 15)))
            (local.set $out (call $extend (local.get $out)
              (i32.sub (local.get $length) (i32.const 15)))))
          (else (i32.store8 (local.get $token)
            (i32.or (i32.load8_u (local.get $token)) (local.get $length)))))

        (local.set $at (local.get $to))
        (local.set $anchor (local.get $to))
        (br $search)))

    (local.set $literals (i32.sub (local.get $end) (local.get $anchor)))
    (if (i32.gt_u
      (i32.add (i32.add (local.get $out) (local.get $literals))
        (i32.add (i32.const 3)
          (i32.shr_u (local.get $literals) (i32.const 7))))
      (local.get $limit))
      (then (return (i32.const -1))))
    (if (i32.ge_u (local.get $literals) (i32.const 15))
      (then
        (i32.store8 (local.get $out) (i32.const 240))
        (local.set $out (call $extend
          (i32.add (local.get $out) (i32.const 1))
          (i32.sub (local.get $literals) (i32.const 15)))))
      (else
        (i32.store8 (local.get $out)
          (i32.shl (local.get $literals) (i32.const 4)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))))
    (memory.copy (local.get $out) (local.get $anchor) (local.get $literals))
    (i32.add (local.get $out) (local.get $literals)))

  (export "memory" (memory 0))
  (export "decode" (func $decode))
  (export "encode" (func $encode)))
