/** A square of cells, row by row; the channels of a cell are adjacent. */
export interface Tensor {
  readonly data: Float32Array
  readonly side: number
  readonly channels: number
}

/** How many outputs of a dense layer are adjacent: `layers.wat` computes as many at once. */
export const blockSize = 16

/** A fully connected layer: `weights[(block * inputs + input) * blockSize + output]`, and as many biases as outputs. */
export interface DenseLayer {
  readonly weights: Float32Array
  readonly bias: Float32Array
  readonly inputs: number
  /** A multiple of `blockSize`. */
  readonly outputs: number
}

/** The exports of `layers.wat`. Arrays are addresses in the memory, lengths are in bytes. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  connect(
    from: number,
    cells: number,
    inputs: number,
    weights: number,
    bias: number,
    blocks: number,
    slope: number,
    to: number,
  ): void
  addProducts(from: number, cells: number, weights: number, length: number, to: number): void
  maxOfFour(
    upper: number,
    lower: number,
    right: number,
    step: number,
    cells: number,
    length: number,
    to: number,
  ): void
}

/** The size of a number, in bytes. */
const bytes = Float32Array.BYTES_PER_ELEMENT
/** Leaky ReLU: negative values are multiplied by this. */
const leak = 0.1

/** The layers of the network. All arrays of a run are in the memory of the WebAssembly instance, until it is cleared. */
export class Layers {
  readonly #exports: Exports
  /** The first free byte of the memory. */
  #end = 0

  /** @param code the compiled `layers.wat` */
  constructor(code: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(code, {}).exports as unknown as Exports
  }

  /** Frees all arrays, for the next run. */
  clear(): void {
    this.#end = 0
  }

  /** A new array, which may have values of an earlier run. @throws RangeError when the memory is full */
  allocate(length: number): Float32Array {
    const array = new Float32Array(this.#exports.memory.buffer, this.#end, length)
    this.#end += array.byteLength
    return array
  }

  /** A 3x3 convolution without padding: the result has no border cells. */
  convolve({ data, side, channels }: Tensor, dense: DenseLayer): Tensor {
    const inner = side - 2
    const result = this.#allocateTensor(inner, dense.outputs)
    const layer = this.#place(dense)
    const inputs = this.allocate(inner * dense.inputs)
    for (let y = 0; y < inner; y++) {
      gatherNeighbours(data, side, channels, y, inputs)
      this.#fill(result, y * inner, inputs, layer, leak)
    }
    return result
  }

  /**
   * A depthwise separable convolution: a 3x3 filter per channel, `depth[position * channels + channel]`, then a dense
   * layer across the channels.
   */
  convolveSeparably(tensor: Tensor, depth: Float32Array, dense: DenseLayer): Tensor {
    const { side, channels } = tensor
    const result = this.#allocateTensor(side, dense.outputs)
    const layer = this.#place(dense)
    const filter = this.#copy(depth)
    const row = this.allocate(side * channels)
    for (let y = 0; y < side; y++) {
      this.#filterRow(tensor, filter, y, row)
      this.#fill(result, y * side, row, layer, leak)
    }
    return result
  }

  /** A 1x1 convolution: the dense layer is applied to each cell. */
  convolvePointwise({ data, side }: Tensor, dense: DenseLayer): Tensor {
    const result = this.#allocateTensor(side, dense.outputs)
    this.#fill(result, 0, data, this.#place(dense), 1)
    return result
  }

  /** 2x2 maximum pooling with the given stride. Cells outside do not count. */
  maxPool({ data, side, channels }: Tensor, stride: 1 | 2): Tensor {
    const result = this.#allocateTensor(Math.ceil(side / stride), channels)
    const cell = channels * bytes
    /** The number of results in a row whose window has two columns. One more may have a single column. */
    const whole = Math.floor((side - 2) / stride) + 1
    for (let y = 0; y < result.side; y++) {
      const upper = data.byteOffset + y * stride * side * cell
      const lower = y * stride + 1 < side ? upper + side * cell : upper
      const to = result.data.byteOffset + y * result.side * cell
      this.#exports.maxOfFour(upper, lower, cell, stride * cell, whole, cell, to)
      if (whole === result.side) continue
      const last = (side - 1) * cell
      this.#exports.maxOfFour(upper + last, lower + last, 0, 0, 1, cell, to + whole * cell)
    }
    return result
  }

  /** Applies a 3x3 filter per channel to the cells of a row. Cells outside count as zero. */
  #filterRow({ data, side, channels }: Tensor, filter: Float32Array, y: number, into: Float32Array): void {
    into.fill(0)
    const cell = channels * bytes
    for (let down = Math.max(0, y - 1); down <= Math.min(side - 1, y + 1); down++) {
      for (let across = -1; across <= 1; across++) {
        const first = Math.max(0, -across)
        this.#exports.addProducts(
          data.byteOffset + (down * side + first + across) * cell,
          side - Math.abs(across),
          filter.byteOffset + ((down - y + 1) * 3 + across + 1) * cell,
          cell,
          into.byteOffset + first * cell,
        )
      }
    }
  }

  #allocateTensor(side: number, channels: number): Tensor {
    return { data: this.allocate(side * side * channels), side, channels }
  }

  #place(dense: DenseLayer): DenseLayer {
    return { ...dense, weights: this.#copy(dense.weights), bias: this.#copy(dense.bias) }
  }

  #copy(numbers: Float32Array): Float32Array {
    const copy = this.allocate(numbers.length)
    copy.set(numbers)
    return copy
  }

  /** Computes the cells of `tensor` from `cell` on, as many as `inputs` has. */
  #fill(tensor: Tensor, cell: number, inputs: Float32Array, dense: DenseLayer, slope: number): void {
    this.#exports.connect(
      inputs.byteOffset,
      inputs.length / dense.inputs,
      dense.inputs,
      dense.weights.byteOffset,
      dense.bias.byteOffset,
      dense.outputs / blockSize,
      slope,
      tensor.data.byteOffset + cell * dense.outputs * bytes,
    )
  }
}

/** For each inner cell of a row, the channels of the nine cells around it. */
function gatherNeighbours(data: Float32Array, side: number, channels: number, y: number, into: Float32Array) {
  let to = 0
  for (let x = 0; x < side - 2; x++) {
    for (let down = 0; down < 3; down++) {
      const from = ((y + down) * side + x) * channels
      for (let index = 0; index < 3 * channels; index++) into[to++] = data[from + index] ?? 0
    }
  }
}
