import { readFile } from 'node:fs/promises'
import Type from 'typebox'
import Value from 'typebox/value'
import { blockSize, type DenseLayer, type PixelLayer, type SeparableLayer } from './layers.ts'

/**
 * The package's description of its weights. They are listed in the order in which the `.bin` file stores them, as one
 * byte per number.
 */
const Manifest = Type.Tuple([
  Type.Object({
    weights: Type.Array(
      Type.Object({
        name: Type.String(),
        shape: Type.Array(Type.Integer({ minimum: 1 })),
        quantization: Type.Object({ scale: Type.Number(), min: Type.Number() }),
      }),
    ),
  }),
])

/** The layers of the detector, and the code that computes them. */
export interface DetectorWeights {
  /** The compiled `layers.wat`. */
  readonly code: WebAssembly.Module
  readonly first: PixelLayer
  readonly separable: readonly SeparableLayer[]
  readonly last: DenseLayer
}

/** The build copies the weights from the package `@vladmandic/face-api`, with their licence. */
const model = 'tiny_face_detector_model'
/** The mean colour of the training. */
const mean = [117.001, 114.697, 97.404]

/** Loads the weights that the build has copied. @throws Error when they do not fit this network */
export async function loadWeights(): Promise<DetectorWeights> {
  const read = (name: string) => readFile(new URL(name, import.meta.url))
  const [manifest, bytes, wasm] = await Promise.all([
    read(`${model}-weights_manifest.json`).then<unknown>(text => JSON.parse(text.toString())),
    read(`${model}.bin`),
    read('layers.wasm'),
  ])
  if (!Value.Check(Manifest, manifest)) throw new Error(`${model}: unexpected manifest`)
  const named = new Map<string, Float32Array>()
  let at = 0
  for (const { name, shape, quantization } of manifest[0].weights) {
    const length = shape.reduce((product, size) => product * size, 1)
    const part = bytes.subarray(at, at + length)
    named.set(
      name,
      Float32Array.from(part, value => value * quantization.scale + quantization.min),
    )
    at += length
  }
  if (at !== bytes.length) throw new Error(`${model}: expected ${at} bytes of weights, got ${bytes.length}`)
  return layersOf(await WebAssembly.compile(wasm), name => {
    const found = named.get(name)
    if (found) return found
    throw new Error(`${model}: ${name} is missing`)
  })
}

function layersOf(code: WebAssembly.Module, weight: (name: string) => Float32Array): DetectorWeights {
  return {
    code,
    first: pixelLayer(weight('conv0/filters'), weight('conv0/bias')),
    separable: ['conv1', 'conv2', 'conv3', 'conv4', 'conv5'].map(name => ({
      depth: weight(`${name}/depthwise_filter`),
      across: dense(weight(`${name}/pointwise_filter`), weight(`${name}/bias`)),
    })),
    last: dense(weight('conv8/filters'), weight('conv8/bias')),
  }
}

/**
 * Makes a layer of integers from `filters[input][output]`, whose inputs are (pixel - mean) / 255. The mean goes into the
 * bias. A weight is rounded to 1/32,767 of the largest one, so 27 products of a pixel fit into 32 bits.
 */
function pixelLayer(filters: Float32Array, bias: Float32Array): PixelLayer {
  const outputs = bias.length
  const largest = filters.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
  const scale = largest / 32_767
  const [rows, perRow, pairs] = [3, 9, 5]
  const weights = new Int16Array(rows * pairs * 2 * outputs)
  const offsets = new Float32Array(bias)
  for (let input = 0; input < rows * perRow; input++) {
    const [row, position] = [Math.floor(input / perRow), input % perRow]
    const pair = row * pairs + Math.floor(position / 2)
    for (let output = 0; output < outputs; output++) {
      const value = filters[input * outputs + output] ?? 0
      weights[(pair * outputs + output) * 2 + (position % 2)] = Math.round(value / scale)
      offsets[output] = (offsets[output] ?? 0) - (value * (mean[input % mean.length] ?? 0)) / 255
    }
  }
  return { weights, bias: offsets, scale: scale / 255 }
}

/** Makes a layer from `filters[input][output]`. The outputs are padded to a multiple of `blockSize`. */
function dense(filters: Float32Array, bias: Float32Array): DenseLayer {
  const inputs = filters.length / bias.length
  const outputs = blockSize * Math.ceil(bias.length / blockSize)
  const weights = new Float32Array(inputs * outputs)
  for (let output = 0; output < bias.length; output++) {
    const block = Math.floor(output / blockSize) * inputs
    for (let input = 0; input < inputs; input++) {
      weights[(block + input) * blockSize + (output % blockSize)] = filters[input * bias.length + output] ?? 0
    }
  }
  const paddedBias = new Float32Array(outputs)
  paddedBias.set(bias)
  return { weights, bias: paddedBias, inputs, outputs }
}
