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

/**
 * A 3x3 convolution of pixels to 16 channels, in integers. `weights` has pairs for each row of the filter, as
 * `layers.wat` describes; a sum times `scale`, plus the bias, is the result.
 */
export interface PixelLayer {
  readonly weights: Int16Array
  readonly bias: Float32Array
  readonly scale: number
}

/** A 3x3 filter per channel, `depth[position * channels + channel]`, then a dense layer across the channels. */
export interface SeparableLayer {
  readonly depth: Float32Array
  readonly across: DenseLayer
}

/** A square of cells in the memory, row by row, the channels of a cell adjacent, with a border of zeros one cell wide. */
export interface Tensor {
  /** The address of the upper left cell of the border. */
  readonly address: number
  /** In cells, without the border. */
  readonly side: number
  readonly channels: number
}

/** A layer whose results are computed row by row. */
interface Rows {
  readonly side: number
  readonly channels: number
  /** Writes a row of the results, without a border, to an address. */
  readonly compute: (y: number, to: number) => void
}

/** The exports of `layers.wat`. Arrays are addresses in the memory, lengths and strides are in bytes. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer }
  filterPixels(
    from: number,
    stride: number,
    cells: number,
    weights: number,
    bias: number,
    scale: number,
    slope: number,
    to: number,
  ): void
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
  filterRow(from: number, stride: number, cells: number, weights: number, length: number, to: number): void
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

/**
 * The layers of a network. Each method that adds a layer places its weights and results in the memory of the WebAssembly
 * instance, once, and returns a function that computes it. So a run allocates nothing.
 */
export class Layers {
  readonly #exports: Exports
  /** The first free byte of the memory. */
  #end = 0

  /** @param code the compiled `layers.wat` */
  constructor(code: WebAssembly.Module) {
    this.#exports = new WebAssembly.Instance(code, {}).exports as unknown as Exports
  }

  /** A square of pixels, all black: red, green and blue of each, row by row. */
  addPixels(side: number): Int16Array {
    const length = side * side * 3
    const address = this.#allocate((length + 1) * Int16Array.BYTES_PER_ELEMENT)
    return new Int16Array(this.#exports.memory.buffer, address, length)
  }

  /** A 3x3 convolution of pixels without padding: the result has no border cells. */
  addPixelLayer(pixels: Int16Array, layer: PixelLayer): Rows {
    const stride = Math.sqrt(pixels.length / 3) * 3 * pixels.BYTES_PER_ELEMENT
    const side = Math.sqrt(pixels.length / 3) - 2
    const weights = this.#place(layer.weights)
    const bias = this.#place(layer.bias)
    const compute = (y: number, to: number) =>
      this.#exports.filterPixels(
        pixels.byteOffset + y * stride,
        stride,
        side,
        weights,
        bias,
        layer.scale,
        leak,
        to,
      )
    return { side, channels: layer.bias.length, compute }
  }

  /** A depthwise separable convolution. */
  addSeparableLayer({ address, side, channels }: Tensor, { depth, across }: SeparableLayer): Rows {
    const connect = this.#addDense(across, leak)
    const filter = this.#place(depth)
    const cell = channels * bytes
    const stride = (side + 2) * cell
    const row = this.#allocate(side * cell)
    const compute = (y: number, to: number) => {
      this.#exports.filterRow(address + y * stride, stride, side, filter, cell, row)
      connect(row, side, to)
    }
    return { side, channels: across.outputs, compute }
  }

  /** A 1x1 convolution: the dense layer is applied to each cell. Its results are in the returned array. */
  addPointwiseLayer({ address, side, channels }: Tensor, dense: DenseLayer) {
    const connect = this.#addDense(dense, 1)
    const stride = (side + 2) * channels * bytes
    const line = side * dense.outputs * bytes
    const to = this.#allocate(side * line)
    const results = new Float32Array(this.#exports.memory.buffer, to, side * side * dense.outputs)
    const compute = () => {
      for (let y = 0; y < side; y++)
        connect(address + (y + 1) * stride + channels * bytes, side, to + y * line)
    }
    return { results, side, channels: dense.outputs, compute }
  }

  /**
   * 2x2 maximum pooling with the given stride. Cells outside do not count. Only two rows of the layer before are kept,
   * which stay in the processor's cache.
   */
  addMaxPool(layer: Rows, stride: 1 | 2): { readonly tensor: Tensor; readonly compute: () => void } {
    const { side, channels } = layer
    const cell = channels * bytes
    const pooled = Math.ceil(side / stride)
    const tensor = { address: this.#allocate((pooled + 2) ** 2 * cell), side: pooled, channels }
    const rows = [this.#allocate(side * cell), this.#allocate(side * cell)] as const
    const compute = () => {
      let computed = 0
      const rowAt = (y: number) => {
        const row = rows[y % 2 === 0 ? 0 : 1]
        if (computed <= y) layer.compute(y, row)
        computed = Math.max(computed, y + 1)
        return row
      }
      for (let y = 0; y < pooled; y++) {
        const upper = rowAt(y * stride)
        const lower = y * stride + 1 < side ? rowAt(y * stride + 1) : upper
        const to = tensor.address + ((y + 1) * (pooled + 2) + 1) * cell
        this.#poolRow({ upper, lower, to }, { side, cell, stride, pooled })
      }
    }
    return { tensor, compute }
  }

  #poolRow(
    { upper, lower, to }: { upper: number; lower: number; to: number },
    { side, cell, stride, pooled }: { side: number; cell: number; stride: number; pooled: number },
  ): void {
    /** The number of results whose window has two columns. One more may have a single column. */
    const whole = Math.floor((side - 2) / stride) + 1
    this.#exports.maxOfFour(upper, lower, cell, stride * cell, whole, cell, to)
    if (whole === pooled) return
    const last = (side - 1) * cell
    this.#exports.maxOfFour(upper + last, lower + last, 0, 0, 1, cell, to + whole * cell)
  }

  #addDense(dense: DenseLayer, slope: number): (from: number, cells: number, to: number) => void {
    const { inputs, outputs } = dense
    const weights = this.#place(dense.weights)
    const bias = this.#place(dense.bias)
    const blocks = outputs / blockSize
    return (from, cells, to) => this.#exports.connect(from, cells, inputs, weights, bias, blocks, slope, to)
  }

  /** Reserves zeroed bytes. @throws RangeError when the memory is full */
  #allocate(length: number): number {
    const address = this.#end
    this.#end += 16 * Math.ceil(length / 16)
    if (this.#end > this.#exports.memory.buffer.byteLength) throw new RangeError('the memory is full')
    return address
  }

  #place(numbers: Float32Array | Int16Array): number {
    const address = this.#allocate(numbers.byteLength)
    const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength)
    new Uint8Array(this.#exports.memory.buffer).set(bytes, address)
    return address
  }
}
