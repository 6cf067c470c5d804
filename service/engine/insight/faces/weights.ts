import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import Type from 'typebox'
import Value from 'typebox/value'
import { blockSize, type DenseLayer } from './layers.ts'

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
  readonly first: DenseLayer
  /** Per-channel filters, then weights across the channels. */
  readonly separable: readonly { readonly depth: Float32Array; readonly across: DenseLayer }[]
  readonly last: DenseLayer
}

const model = '@vladmandic/face-api/model/tiny_face_detector_model'

/** Loads the weights that the package ships. @throws Error when they do not fit this network */
export async function loadWeights(): Promise<DetectorWeights> {
  const { resolve } = createRequire(import.meta.url)
  const [manifest, bytes, wasm] = await Promise.all([
    readFile(resolve(`${model}-weights_manifest.json`), 'utf8').then<unknown>(JSON.parse),
    readFile(resolve(`${model}.bin`)),
    readFile(new URL('./layers.wasm', import.meta.url)),
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
    first: dense(weight('conv0/filters'), weight('conv0/bias')),
    separable: ['conv1', 'conv2', 'conv3', 'conv4', 'conv5'].map(name => ({
      depth: weight(`${name}/depthwise_filter`),
      across: dense(weight(`${name}/pointwise_filter`), weight(`${name}/bias`)),
    })),
    last: dense(weight('conv8/filters'), weight('conv8/bias')),
  }
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
