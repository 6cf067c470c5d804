/** A square of cells, row by row; the channels of a cell are adjacent. */
export interface Tensor {
  readonly data: Float32Array
  readonly side: number
  readonly channels: number
}

/** A fully connected layer: `weights[output * inputs + input]`. `outputs` is a multiple of four. */
export interface DenseLayer {
  readonly weights: Float32Array
  readonly bias: Float32Array
  readonly inputs: number
  readonly outputs: number
}

/** Value of cells outside the image. */
const outside = 0

/** A 3x3 convolution without padding: the result has no border cells. */
export function convolve({ data, side, channels }: Tensor, dense: DenseLayer): Tensor {
  const inner = side - 2
  const result = new Float32Array(inner * inner * dense.outputs)
  const inputs = new Float32Array(dense.inputs)
  const row = 3 * channels
  for (let y = 0; y < inner; y++) {
    for (let x = 0; x < inner; x++) {
      for (let down = 0; down < 3; down++) {
        const at = ((y + down) * side + x) * channels
        for (let index = 0; index < row; index++) inputs[down * row + index] = data[at + index] ?? outside
      }
      connect(inputs, 0, dense, result, (y * inner + x) * dense.outputs)
    }
  }
  return leakyRelu({ data: result, side: inner, channels: dense.outputs })
}

/**
 * A depthwise separable convolution: a 3x3 filter per channel, `depth[position * channels + channel]`, then a dense
 * layer across the channels.
 */
export function convolveSeparably(tensor: Tensor, depth: Float32Array, dense: DenseLayer): Tensor {
  const { side, channels } = tensor
  const result = new Float32Array(side * side * dense.outputs)
  const inputs = new Float32Array(channels)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      filter(tensor, depth, x, y, inputs)
      connect(inputs, 0, dense, result, (y * side + x) * dense.outputs)
    }
  }
  return leakyRelu({ data: result, side, channels: dense.outputs })
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

/** A 1x1 convolution: the dense layer is applied to each cell. */
export function convolvePointwise({ data, side, channels }: Tensor, dense: DenseLayer): Tensor {
  const result = new Float32Array(side * side * dense.outputs)
  for (let cell = 0; cell < side * side; cell++) {
    connect(data, cell * channels, dense, result, cell * dense.outputs)
  }
  return { data: result, side, channels: dense.outputs }
}

/** Computes four outputs at a time, so that each input is read once for four. Half of the total time is spent here. */
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

/** 2x2 maximum pooling with the given stride. Cells outside do not count. */
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

/** Leaky ReLU in place: negative values are multiplied by 0.1. */
function leakyRelu(tensor: Tensor): Tensor {
  const { data } = tensor
  for (let index = 0; index < data.length; index++) {
    const value = data[index] ?? 0
    if (value < 0) data[index] = 0.1 * value
  }
  return tensor
}
