/** Values of a square of places, all channels of a place together, row by row. */
export interface Tensor {
  readonly data: Float32Array
  readonly side: number
  readonly channels: number
}

/** Weights from every input to every output: `weights[output * inputs + input]`; outputs in whole fours. */
export interface DenseLayer {
  readonly weights: Float32Array
  readonly bias: Float32Array
  readonly inputs: number
  readonly outputs: number
}

/** What a place outside of the picture has. */
const nothing = 0

/** Every place's inputs are its 3x3 neighbourhood; the border that has no whole one is lost. */
export function convolve({ data, side, channels }: Tensor, dense: DenseLayer): Tensor {
  const inner = side - 2
  const result = new Float32Array(inner * inner * dense.outputs)
  const inputs = new Float32Array(dense.inputs)
  const row = 3 * channels
  for (let y = 0; y < inner; y++) {
    for (let x = 0; x < inner; x++) {
      for (let down = 0; down < 3; down++) {
        const at = ((y + down) * side + x) * channels
        for (let index = 0; index < row; index++) inputs[down * row + index] = data[at + index] ?? nothing
      }
      connect(inputs, 0, dense, result, (y * inner + x) * dense.outputs)
    }
  }
  return activated({ data: result, side: inner, channels: dense.outputs })
}

/** A 3x3 filter for each channel, `depth[place * channels + channel]`, and then every channel to every output. */
export function convolveSeparably(volume: Tensor, depth: Float32Array, dense: DenseLayer): Tensor {
  const { side, channels } = volume
  const result = new Float32Array(side * side * dense.outputs)
  const inputs = new Float32Array(channels)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      filter(volume, depth, x, y, inputs)
      connect(inputs, 0, dense, result, (y * side + x) * dense.outputs)
    }
  }
  return activated({ data: result, side, channels: dense.outputs })
}

function filter(
  { data, side, channels }: Tensor,
  depth: Float32Array,
  x: number,
  y: number,
  into: Float32Array,
) {
  into.fill(0)
  for (let down = Math.max(0, y - 1); down <= Math.min(side - 1, y + 1); down++) {
    for (let across = Math.max(0, x - 1); across <= Math.min(side - 1, x + 1); across++) {
      const at = (down * side + across) * channels
      const from = ((down - y + 1) * 3 + across - x + 1) * channels
      for (let channel = 0; channel < channels; channel++) {
        into[channel] = (into[channel] ?? 0) + (data[at + channel] ?? 0) * (depth[from + channel] ?? 0)
      }
    }
  }
}

/** The outputs of each place by itself. */
export function convolvePointwise({ data, side, channels }: Tensor, dense: DenseLayer): Tensor {
  const result = new Float32Array(side * side * dense.outputs)
  for (let place = 0; place < side * side; place++) {
    connect(data, place * channels, dense, result, place * dense.outputs)
  }
  return { data: result, side, channels: dense.outputs }
}

/** Four outputs at a time, so that each input is read once for four: half of all time goes here. */
function connect(from: Float32Array, at: number, dense: DenseLayer, into: Float32Array, to: number): void {
  const { weights, bias, inputs, outputs } = dense
  for (let output = 0; output < outputs; output += 4) {
    const first = output * inputs
    const [second, third, fourth] = [first + inputs, first + 2 * inputs, first + 3 * inputs]
    let a = bias[output] ?? 0
    let b = bias[output + 1] ?? 0
    let c = bias[output + 2] ?? 0
    let d = bias[output + 3] ?? 0
    for (let input = 0; input < inputs; input++) {
      const value = from[at + input] ?? 0
      a += value * (weights[first + input] ?? 0)
      b += value * (weights[second + input] ?? 0)
      c += value * (weights[third + input] ?? 0)
      d += value * (weights[fourth + input] ?? 0)
    }
    into[to + output] = a
    into[to + output + 1] = b
    into[to + output + 2] = c
    into[to + output + 3] = d
  }
}

/** The largest of two by two places, every `stride` places; a place outside does not count. */
export function maxPool({ data, side, channels }: Tensor, stride: 1 | 2): Tensor {
  const smaller = Math.ceil(side / stride)
  const result = new Float32Array(smaller * smaller * channels)
  for (let y = 0; y < smaller; y++) {
    for (let x = 0; x < smaller; x++) {
      const [top, left] = [y * stride, x * stride]
      const right = Math.min(side - 1, left + 1)
      const bottom = Math.min(side - 1, top + 1)
      for (let channel = 0; channel < channels; channel++) {
        const value = (row: number, column: number) => data[(row * side + column) * channels + channel] ?? 0
        const upper = Math.max(value(top, left), value(top, right))
        const lower = Math.max(value(bottom, left), value(bottom, right))
        result[(y * smaller + x) * channels + channel] = Math.max(upper, lower)
      }
    }
  }
  return { data: result, side: smaller, channels }
}

/** A leaky rectifier: below zero a tenth is left. */
function activated(volume: Tensor): Tensor {
  const { data } = volume
  for (let index = 0; index < data.length; index++) {
    const value = data[index] ?? 0
    if (value < 0) data[index] = 0.1 * value
  }
  return volume
}
