;; The loops of the face detector's layers, over four 32-bit floats at a time: about ten times as fast as in JavaScript.
;; `config/build.js` assembles this file. Addresses and lengths are in bytes. Arrays of a cell's channels are a multiple
;; of 16 bytes long.
(module
  ;; Enough for the arrays of one run, in pages of 64 KiB. Pages that are never written are not resident.
  (memory (export "memory") 768 768)

  ;; A dense layer over many cells, then leaky ReLU: negative results are multiplied by `slope`, which is at most 1.
  ;;   from     cells * inputs numbers
  ;;   weights  blocks * inputs * 16: the weights of 16 outputs are adjacent, so that they are read in sequence
  ;;   bias     blocks * 16
  ;;   to       cells * blocks * 16
  (func (export "connect")
    (param $from i32) (param $cells i32) (param $inputs i32)
    (param $weights i32) (param $bias i32) (param $blocks i32)
    (param $slope f32) (param $to i32)
    (local $block i32) (local $cell i32) (local $input i32)
    (local $read i32) (local $weight i32) (local $write i32)
    (local $value v128) (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $slopes v128)
    (local.set $slopes (f32x4.splat (local.get $slope)))
    (loop $nextBlock
      (local.set $read (local.get $from))
      (local.set $write (i32.add (local.get $to) (i32.mul (local.get $block) (i32.const 64))))
      (local.set $cell (i32.const 0))
      (loop $nextCell
        (local.set $a (v128.load (local.get $bias)))
        (local.set $b (v128.load offset=16 (local.get $bias)))
        (local.set $c (v128.load offset=32 (local.get $bias)))
        (local.set $d (v128.load offset=48 (local.get $bias)))
        (local.set $weight (local.get $weights))
        (local.set $input (i32.const 0))
        (loop $nextInput
          (local.set $value (v128.load32_splat (local.get $read)))
          (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $value) (v128.load (local.get $weight)))))
          (local.set $b
            (f32x4.add (local.get $b) (f32x4.mul (local.get $value) (v128.load offset=16 (local.get $weight)))))
          (local.set $c
            (f32x4.add (local.get $c) (f32x4.mul (local.get $value) (v128.load offset=32 (local.get $weight)))))
          (local.set $d
            (f32x4.add (local.get $d) (f32x4.mul (local.get $value) (v128.load offset=48 (local.get $weight)))))
          (local.set $read (i32.add (local.get $read) (i32.const 4)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 64)))
          (local.set $input (i32.add (local.get $input) (i32.const 1)))
          (br_if $nextInput (i32.lt_u (local.get $input) (local.get $inputs))))
        (v128.store (local.get $write) (f32x4.max (local.get $a) (f32x4.mul (local.get $a) (local.get $slopes))))
        (v128.store offset=16
          (local.get $write) (f32x4.max (local.get $b) (f32x4.mul (local.get $b) (local.get $slopes))))
        (v128.store offset=32
          (local.get $write) (f32x4.max (local.get $c) (f32x4.mul (local.get $c) (local.get $slopes))))
        (v128.store offset=48
          (local.get $write) (f32x4.max (local.get $d) (f32x4.mul (local.get $d) (local.get $slopes))))
        (local.set $write (i32.add (local.get $write) (i32.mul (local.get $blocks) (i32.const 64))))
        (local.set $cell (i32.add (local.get $cell) (i32.const 1)))
        (br_if $nextCell (i32.lt_u (local.get $cell) (local.get $cells))))
      (local.set $weights (i32.add (local.get $weights) (i32.mul (local.get $inputs) (i32.const 64))))
      (local.set $bias (i32.add (local.get $bias) (i32.const 64)))
      (local.set $block (i32.add (local.get $block) (i32.const 1)))
      (br_if $nextBlock (i32.lt_u (local.get $block) (local.get $blocks)))))

  ;; Adds the products of cells and weights: one position of a filter per channel, over neighbouring cells.
  (func (export "addProducts")
    (param $from i32) (param $cells i32) (param $weights i32) (param $length i32) (param $to i32)
    (local $at i32)
    (loop $nextCell
      (local.set $at (i32.const 0))
      (loop $next
        (v128.store (local.get $to)
          (f32x4.add
            (v128.load (local.get $to))
            (f32x4.mul
              (v128.load (local.get $from))
              (v128.load (i32.add (local.get $weights) (local.get $at))))))
        (local.set $from (i32.add (local.get $from) (i32.const 16)))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $length))))
      (local.set $cells (i32.sub (local.get $cells) (i32.const 1)))
      (br_if $nextCell (local.get $cells))))

  ;; Writes `cells` results. Each is the maximum of four cells: those at `upper` and `lower`, and those `right` bytes
  ;; after these two. For the next result, all four are `step` bytes further on.
  (func (export "maxOfFour")
    (param $upper i32) (param $lower i32) (param $right i32) (param $step i32)
    (param $cells i32) (param $length i32) (param $to i32)
    (local $at i32) (local $a i32) (local $b i32)
    (loop $nextCell
      (local.set $at (i32.const 0))
      (loop $next
        (local.set $a (i32.add (local.get $upper) (local.get $at)))
        (local.set $b (i32.add (local.get $lower) (local.get $at)))
        (v128.store (local.get $to)
          (f32x4.max
            (f32x4.max (v128.load (local.get $a)) (v128.load (i32.add (local.get $a) (local.get $right))))
            (f32x4.max (v128.load (local.get $b)) (v128.load (i32.add (local.get $b) (local.get $right))))))
        (local.set $to (i32.add (local.get $to) (i32.const 16)))
        (local.set $at (i32.add (local.get $at) (i32.const 16)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $length))))
      (local.set $upper (i32.add (local.get $upper) (local.get $step)))
      (local.set $lower (i32.add (local.get $lower) (local.get $step)))
      (local.set $cells (i32.sub (local.get $cells) (i32.const 1)))
      (br_if $nextCell (local.get $cells)))))
