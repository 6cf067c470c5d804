;; The loops of the face detector's layers, over four 32-bit floats or eight 16-bit integers at a time: more than ten
;; times as fast as in JavaScript. `config/build.js` assembles this file. Addresses and lengths are in bytes. Arrays of a
;; cell's channels are a multiple of 16 bytes long.
;;
;; Two cells are computed at a time, because the weights that were read then serve both. So a row has two cells at least;
;; if their number is odd, the last but one is computed twice.
(module
  ;; Enough for all arrays of the network, in pages of 64 KiB.
  (memory (export "memory") 144 144)

  ;; A 3x3 convolution of a row of pixels to 16 channels each, then leaky ReLU: negative results are multiplied by
  ;; `slope`, which is at most 1.
  ;;   from     three rows of pixels: red, green and blue as 16-bit integers. After the last one, 2 bytes are read, too
  ;;   stride   from one row of pixels to the next
  ;;   weights  for each of the three rows, five pairs of numbers that are adjacent in it: the two 16-bit integers of
  ;;            output 0, those of output 1, and so on. The tenth number, of the next pixel, has the weight 0
  ;;   scale    what a sum of integers is multiplied by
  ;;   bias     16 numbers
  ;;   to       cells * 16 numbers
  (func (export "filterPixels")
    (param $from i32) (param $stride i32) (param $cells i32)
    (param $weights i32) (param $bias i32) (param $scale f32) (param $slope f32) (param $to i32)
    (local $row i32) (local $read i32) (local $weight i32) (local $pairs i32)
    (local $one v128) (local $two v128) (local $w v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $e v128) (local $f v128) (local $g v128) (local $h v128)
    (loop $nextCells
      (if (i32.eq (local.get $cells) (i32.const 1))
        (then
          (local.set $from (i32.sub (local.get $from) (i32.const 6)))
          (local.set $to (i32.sub (local.get $to) (i32.const 64)))
          (local.set $cells (i32.const 2))))
      (local.set $a (v128.const i32x4 0 0 0 0))
      (local.set $b (v128.const i32x4 0 0 0 0))
      (local.set $c (v128.const i32x4 0 0 0 0))
      (local.set $d (v128.const i32x4 0 0 0 0))
      (local.set $e (v128.const i32x4 0 0 0 0))
      (local.set $f (v128.const i32x4 0 0 0 0))
      (local.set $g (v128.const i32x4 0 0 0 0))
      (local.set $h (v128.const i32x4 0 0 0 0))
      (local.set $weight (local.get $weights))
      (local.set $row (local.get $from))
      (loop $nextRow
        (local.set $read (local.get $row))
        (local.set $pairs (i32.const 5))
        (loop $nextPair
          (local.set $one (v128.load32_splat (local.get $read)))
          (local.set $two (v128.load32_splat offset=6 (local.get $read)))
          (local.set $w (v128.load (local.get $weight)))
          (local.set $a (i32x4.add (local.get $a) (i32x4.dot_i16x8_s (local.get $one) (local.get $w))))
          (local.set $e (i32x4.add (local.get $e) (i32x4.dot_i16x8_s (local.get $two) (local.get $w))))
          (local.set $w (v128.load offset=16 (local.get $weight)))
          (local.set $b (i32x4.add (local.get $b) (i32x4.dot_i16x8_s (local.get $one) (local.get $w))))
          (local.set $f (i32x4.add (local.get $f) (i32x4.dot_i16x8_s (local.get $two) (local.get $w))))
          (local.set $w (v128.load offset=32 (local.get $weight)))
          (local.set $c (i32x4.add (local.get $c) (i32x4.dot_i16x8_s (local.get $one) (local.get $w))))
          (local.set $g (i32x4.add (local.get $g) (i32x4.dot_i16x8_s (local.get $two) (local.get $w))))
          (local.set $w (v128.load offset=48 (local.get $weight)))
          (local.set $d (i32x4.add (local.get $d) (i32x4.dot_i16x8_s (local.get $one) (local.get $w))))
          (local.set $h (i32x4.add (local.get $h) (i32x4.dot_i16x8_s (local.get $two) (local.get $w))))
          (local.set $read (i32.add (local.get $read) (i32.const 4)))
          (local.set $weight (i32.add (local.get $weight) (i32.const 64)))
          (br_if $nextPair (local.tee $pairs (i32.sub (local.get $pairs) (i32.const 1)))))
        (local.set $row (i32.add (local.get $row) (local.get $stride)))
        (br_if $nextRow
          (i32.lt_u (i32.sub (local.get $weight) (local.get $weights)) (i32.const 960))))
      (call $storeSum (local.get $a) (local.get $bias) (local.get $scale) (local.get $slope) (local.get $to))
      (call $storeSum
        (local.get $b) (i32.add (local.get $bias) (i32.const 16)) (local.get $scale) (local.get $slope)
        (i32.add (local.get $to) (i32.const 16)))
      (call $storeSum
        (local.get $c) (i32.add (local.get $bias) (i32.const 32)) (local.get $scale) (local.get $slope)
        (i32.add (local.get $to) (i32.const 32)))
      (call $storeSum
        (local.get $d) (i32.add (local.get $bias) (i32.const 48)) (local.get $scale) (local.get $slope)
        (i32.add (local.get $to) (i32.const 48)))
      (call $storeSum
        (local.get $e) (local.get $bias) (local.get $scale) (local.get $slope)
        (i32.add (local.get $to) (i32.const 64)))
      (call $storeSum
        (local.get $f) (i32.add (local.get $bias) (i32.const 16)) (local.get $scale) (local.get $slope)
        (i32.add (local.get $to) (i32.const 80)))
      (call $storeSum
        (local.get $g) (i32.add (local.get $bias) (i32.const 32)) (local.get $scale) (local.get $slope)
        (i32.add (local.get $to) (i32.const 96)))
      (call $storeSum
        (local.get $h) (i32.add (local.get $bias) (i32.const 48)) (local.get $scale) (local.get $slope)
        (i32.add (local.get $to) (i32.const 112)))
      (local.set $from (i32.add (local.get $from) (i32.const 12)))
      (local.set $to (i32.add (local.get $to) (i32.const 128)))
      (br_if $nextCells (local.tee $cells (i32.sub (local.get $cells) (i32.const 2))))))

  ;; Stores four sums of integers as floats: scaled, with their bias, after leaky ReLU.
  (func $storeSum (param $sum v128) (param $bias i32) (param $scale f32) (param $slope f32) (param $to i32)
    (call $storeLeaky
      (f32x4.add
        (v128.load (local.get $bias))
        (f32x4.mul (f32x4.convert_i32x4_s (local.get $sum)) (f32x4.splat (local.get $scale))))
      (f32x4.splat (local.get $slope))
      (local.get $to)))

  (func $storeLeaky (param $value v128) (param $slopes v128) (param $to i32)
    (v128.store (local.get $to)
      (f32x4.max (local.get $value) (f32x4.mul (local.get $value) (local.get $slopes)))))

  ;; A dense layer over many cells, then leaky ReLU.
  ;;   from     cells * inputs numbers
  ;;   weights  blocks * inputs * 16: the weights of 16 outputs are adjacent, so that they are read in sequence
  ;;   bias     blocks * 16
  ;;   to       cells * blocks * 16
  (func (export "connect")
    (param $from i32) (param $cells i32) (param $inputs i32)
    (param $weights i32) (param $bias i32) (param $blocks i32)
    (param $slope f32) (param $to i32)
    (local $block i32) (local $left i32) (local $cell i32) (local $input i32) (local $line i32)
    (local $read i32) (local $weight i32) (local $write i32) (local $other i32) (local $slopes v128)
    (local $one v128) (local $two v128) (local $w v128)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128)
    (local $e v128) (local $f v128) (local $g v128) (local $h v128)
    (local.set $slopes (f32x4.splat (local.get $slope)))
    (local.set $line (i32.mul (local.get $blocks) (i32.const 64)))
    (local.set $input (i32.mul (local.get $inputs) (i32.const 4)))
    (loop $nextBlock
      (local.set $cell (local.get $from))
      (local.set $write (i32.add (local.get $to) (i32.mul (local.get $block) (i32.const 64))))
      (local.set $left (local.get $cells))
      (loop $nextCells
        (if (i32.eq (local.get $left) (i32.const 1))
          (then
            (local.set $cell (i32.sub (local.get $cell) (local.get $input)))
            (local.set $write (i32.sub (local.get $write) (local.get $line)))
            (local.set $left (i32.const 2))))
        (local.set $a (v128.load (local.get $bias)))
        (local.set $b (v128.load offset=16 (local.get $bias)))
        (local.set $c (v128.load offset=32 (local.get $bias)))
        (local.set $d (v128.load offset=48 (local.get $bias)))
        (local.set $e (local.get $a))
        (local.set $f (local.get $b))
        (local.set $g (local.get $c))
        (local.set $h (local.get $d))
        (local.set $weight (local.get $weights))
        (local.set $read (local.get $cell))
        (local.set $other (i32.add (local.get $cell) (local.get $input)))
        (loop $nextInput
          (local.set $one (v128.load32_splat (local.get $read)))
          (local.set $two (v128.load32_splat (i32.add (local.get $read) (local.get $input))))
          (local.set $w (v128.load (local.get $weight)))
          (local.set $a (f32x4.add (local.get $a) (f32x4.mul (local.get $one) (local.get $w))))
          (local.set $e (f32x4.add (local.get $e) (f32x4.mul (local.get $two) (local.get $w))))
          (local.set $w (v128.load offset=16 (local.get $weight)))
          (local.set $b (f32x4.add (local.get $b) (f32x4.mul (local.get $one) (local.get $w))))
          (local.set $f (f32x4.add (local.get $f) (f32x4.mul (local.get $two) (local.get $w))))
          (local.set $w (v128.load offset=32 (local.get $weight)))
          (local.set $c (f32x4.add (local.get $c) (f32x4.mul (local.get $one) (local.get $w))))
          (local.set $g (f32x4.add (local.get $g) (f32x4.mul (local.get $two) (local.get $w))))
          (local.set $w (v128.load offset=48 (local.get $weight)))
          (local.set $d (f32x4.add (local.get $d) (f32x4.mul (local.get $one) (local.get $w))))
          (local.set $h (f32x4.add (local.get $h) (f32x4.mul (local.get $two) (local.get $w))))
          (local.set $weight (i32.add (local.get $weight) (i32.const 64)))
          (br_if $nextInput
            (i32.lt_u
              (local.tee $read (i32.add (local.get $read) (i32.const 4)))
              (local.get $other))))
        (call $storeLeaky (local.get $a) (local.get $slopes) (local.get $write))
        (call $storeLeaky (local.get $b) (local.get $slopes) (i32.add (local.get $write) (i32.const 16)))
        (call $storeLeaky (local.get $c) (local.get $slopes) (i32.add (local.get $write) (i32.const 32)))
        (call $storeLeaky (local.get $d) (local.get $slopes) (i32.add (local.get $write) (i32.const 48)))
        (local.set $write (i32.add (local.get $write) (local.get $line)))
        (call $storeLeaky (local.get $e) (local.get $slopes) (local.get $write))
        (call $storeLeaky (local.get $f) (local.get $slopes) (i32.add (local.get $write) (i32.const 16)))
        (call $storeLeaky (local.get $g) (local.get $slopes) (i32.add (local.get $write) (i32.const 32)))
        (call $storeLeaky (local.get $h) (local.get $slopes) (i32.add (local.get $write) (i32.const 48)))
        (local.set $write (i32.add (local.get $write) (local.get $line)))
        (local.set $cell (i32.add (local.get $other) (local.get $input)))
        (br_if $nextCells (local.tee $left (i32.sub (local.get $left) (i32.const 2)))))
      (local.set $weights (i32.add (local.get $weights) (i32.mul (local.get $inputs) (i32.const 64))))
      (local.set $bias (i32.add (local.get $bias) (i32.const 64)))
      (local.set $block (i32.add (local.get $block) (i32.const 1)))
      (br_if $nextBlock (i32.lt_u (local.get $block) (local.get $blocks)))))

  ;; A 3x3 filter per channel over a row of cells. The nine weights of four channels stay in registers along the row.
  ;;   from     the upper left neighbour of the first cell
  ;;   stride   from one row of cells to the next
  ;;   weights  nine times `length` bytes
  ;;   length   of a cell's channels
  (func (export "filterRow")
    (param $from i32) (param $stride i32) (param $cells i32) (param $weights i32) (param $length i32)
    (param $to i32)
    (local $at i32) (local $left i32) (local $upper i32) (local $middle i32) (local $lower i32)
    (local $write i32) (local $weight i32) (local $two i32)
    (local $a v128) (local $b v128) (local $c v128) (local $d v128) (local $e v128)
    (local $f v128) (local $g v128) (local $h v128) (local $i v128)
    (local.set $two (i32.mul (local.get $length) (i32.const 2)))
    (loop $nextChannels
      (local.set $weight (i32.add (local.get $weights) (local.get $at)))
      (local.set $a (v128.load (local.get $weight)))
      (local.set $b (v128.load (local.tee $weight (i32.add (local.get $weight) (local.get $length)))))
      (local.set $c (v128.load (local.tee $weight (i32.add (local.get $weight) (local.get $length)))))
      (local.set $d (v128.load (local.tee $weight (i32.add (local.get $weight) (local.get $length)))))
      (local.set $e (v128.load (local.tee $weight (i32.add (local.get $weight) (local.get $length)))))
      (local.set $f (v128.load (local.tee $weight (i32.add (local.get $weight) (local.get $length)))))
      (local.set $g (v128.load (local.tee $weight (i32.add (local.get $weight) (local.get $length)))))
      (local.set $h (v128.load (local.tee $weight (i32.add (local.get $weight) (local.get $length)))))
      (local.set $i (v128.load (local.tee $weight (i32.add (local.get $weight) (local.get $length)))))
      (local.set $upper (i32.add (local.get $from) (local.get $at)))
      (local.set $middle (i32.add (local.get $upper) (local.get $stride)))
      (local.set $lower (i32.add (local.get $middle) (local.get $stride)))
      (local.set $write (i32.add (local.get $to) (local.get $at)))
      (local.set $left (local.get $cells))
      (loop $nextCell
        (v128.store (local.get $write)
          (f32x4.add
            (f32x4.add
              (f32x4.add
                (f32x4.mul (v128.load (local.get $upper)) (local.get $a))
                (f32x4.mul (v128.load (i32.add (local.get $upper) (local.get $length))) (local.get $b)))
              (f32x4.add
                (f32x4.mul (v128.load (i32.add (local.get $upper) (local.get $two))) (local.get $c))
                (f32x4.mul (v128.load (local.get $middle)) (local.get $d))))
            (f32x4.add
              (f32x4.add
                (f32x4.mul (v128.load (i32.add (local.get $middle) (local.get $length))) (local.get $e))
                (f32x4.mul (v128.load (i32.add (local.get $middle) (local.get $two))) (local.get $f)))
              (f32x4.add
                (f32x4.mul (v128.load (local.get $lower)) (local.get $g))
                (f32x4.add
                  (f32x4.mul (v128.load (i32.add (local.get $lower) (local.get $length))) (local.get $h))
                  (f32x4.mul (v128.load (i32.add (local.get $lower) (local.get $two))) (local.get $i)))))))
        (local.set $upper (i32.add (local.get $upper) (local.get $length)))
        (local.set $middle (i32.add (local.get $middle) (local.get $length)))
        (local.set $lower (i32.add (local.get $lower) (local.get $length)))
        (local.set $write (i32.add (local.get $write) (local.get $length)))
        (br_if $nextCell (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br_if $nextChannels (i32.lt_u (local.get $at) (local.get $length)))))

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
