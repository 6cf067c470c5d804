import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import './webassembly.ts'

const require = createRequire(import.meta.url)

/** The WebAssembly file of each codec. */
const files = {
  heic: 'libheif-js/libheif-wasm/libheif.wasm',
  jxl: '@jsquash/jxl/codec/dec/jxl_dec.wasm',
  encodeJxl: '@jsquash/jxl/codec/enc/jxl_enc.wasm',
  pdf: '@hyzyla/pdfium/pdfium.wasm',
  svg: '@resvg/resvg-wasm/index_bg.wasm',
} as const
export type CodecName = keyof typeof files

/** Maximum memory of one codec, in pages of 64 KiB: 2 GiB. */
const maxMemoryPages = 32_768

const compiled = new Map<CodecName, Promise<WebAssembly.Module>>()

/** Loads a codec's module with its memory limited. It is compiled once and shared by all threads. */
export function loadCodec(name: CodecName): Promise<WebAssembly.Module> {
  const existing = compiled.get(name)
  if (existing) return existing
  const compiling = readFile(require.resolve(files[name])).then(bytes =>
    WebAssembly.compile(limitMemory(bytes, maxMemoryPages)),
  )
  compiled.set(name, compiling)
  compiling.catch(() => compiled.delete(name))
  return compiling
}

const headerBytes = 8
const memorySection = 5

/**
 * Sets the maximum of a module's memory (WebAssembly core specification, section 5.5.8). V8 then enforces
 * it.
 * @throws Error unless the module defines exactly one memory, neither shared nor 64-bit
 */
export function limitMemory(wasm: Buffer, maxPages: number): Buffer {
  let at = headerBytes
  while (at < wasm.length) {
    const id = wasm.readUInt8(at)
    const length = readLeb(wasm, at + 1)
    const end = length.end + length.value
    if (id === memorySection) {
      const flags = length.end + 1
      if (wasm.readUInt8(length.end) !== 1 || wasm.readUInt8(flags) > 1) break
      const minimum = readLeb(wasm, flags + 1)
      const limits = [...writeLeb(minimum.value), ...writeLeb(Math.max(minimum.value, maxPages))]
      const section = [memorySection, ...writeLeb(limits.length + 2), 1, 1, ...limits]
      return Buffer.concat([wasm.subarray(0, at), Buffer.from(section), wasm.subarray(end)])
    }
    at = end
  }
  throw new Error('the codec module defines no memory to limit')
}

/** Unsigned LEB128: seven bits per byte, the lowest first. */
function readLeb(bytes: Buffer, at: number): { value: number; end: number } {
  let value = 0
  for (let end = at; end < at + 5; end++) {
    const byte = bytes.readUInt8(end)
    value += (byte & 127) * 2 ** (7 * (end - at))
    if (byte < 128) return { value, end: end + 1 }
  }
  throw new Error('the codec module contains an invalid LEB128 number')
}

function writeLeb(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...writeLeb(value >>> 7)]
}
