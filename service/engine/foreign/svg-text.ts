import { constants, gunzipSync } from 'node:zlib'
import { undecodableFile } from './page-limits.ts'
import { withCompleteSize } from './svg-size.ts'

/** Maximum bytes of a document after decompression. */
const maxTextBytes = 64 * 1024 * 1024

const isGzip = (file: Buffer) => file.readUInt16BE(0) === 0x1f8b

/** Whether a file's first element is `svg`. Of a compressed file, the decompressed start is examined. */
export function startsWithSvg(head: Buffer): boolean {
  if (head.length < 2) return false
  try {
    // the input is truncated, so a missing end is fine
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 100 * head.length }
    const text = decodeText(isGzip(head) ? gunzipSync(head, options) : head)
    return /^(?:[\w.-]+:)?svg[\s/>]/.test(text.slice(rootAt(text) + 1, rootAt(text) + 100))
  } catch {
    return false
  }
}

/**
 * The document of an SVG file as the renderer expects it: decompressed, decoded by its declared encoding, with the
 * namespaces that old files omit and with both sides of its size.
 * @throws DarkroomError `undecodable` when it cannot be decompressed
 */
export function readSvgText(bytes: Uint8Array): string {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const text = decodeText(isGzip(file) ? decompress(file) : file)
  const begin = rootAt(text)
  return begin < 0 ? text : withNamespaces(withCompleteSize(text, begin), begin)
}

function withNamespaces(text: string, begin: number): string {
  const end = text.indexOf('>', begin)
  const tag = text.slice(begin, end)
  const namespaces = [
    /\sxmlns\s*=/.test(tag) || !tag.startsWith('<svg') ? '' : ' xmlns="http://www.w3.org/2000/svg"',
    /\sxmlns:xlink\s*=/.test(text) || !text.includes('xlink:')
      ? ''
      : ' xmlns:xlink="http://www.w3.org/1999/xlink"',
  ].join('')
  if (namespaces === '') return text
  const nameEnd = begin + (/^<[^\s/>]+/.exec(tag)?.[0].length ?? 0)
  return text.slice(0, nameEnd) + namespaces + text.slice(nameEnd)
}

function decompress(file: Buffer): Buffer {
  try {
    return gunzipSync(file, { maxOutputLength: maxTextBytes })
  } catch {
    throw undecodableFile('the compressed document is damaged or too large')
  }
}

/** UTF-8 unless a byte order mark or the declaration says otherwise. An unknown encoding counts as UTF-8. */
function decodeText(file: Buffer): string {
  const declared = /^<\?xml[^>]{0,100}encoding\s*=\s*["']([\w-]+)["']/.exec(
    file.toString('latin1', 0, 200),
  )?.[1]
  const mark = file.readUInt16BE(0)
  const label = mark === 0xfffe ? 'utf-16le' : mark === 0xfeff ? 'utf-16be' : (declared ?? 'utf-8')
  try {
    return new TextDecoder(label).decode(file)
  } catch {
    return file.toString('utf8')
  }
}

/** The offset of the first element, after white space, declarations, comments and the document type; or -1. */
export function rootAt(text: string): number {
  let at = 0
  for (;;) {
    while (/\s/.test(text.charAt(at))) at++
    if (text.charAt(at) !== '<') return -1
    if (text.startsWith('<?', at)) at = after(text, '?>', at)
    else if (text.startsWith('<!--', at)) at = after(text, '-->', at)
    else if (text.startsWith('<!', at))
      at = /^<!doctype\s+html/i.test(text.slice(at, at + 40)) ? -1 : afterDoctype(text, at)
    else return at
    if (at < 0) return -1
  }
}

function after(text: string, end: string, from: number): number {
  const found = text.indexOf(end, from)
  return found < 0 ? -1 : found + end.length
}

/** A document type may contain declarations in brackets, and brackets in quotes. */
function afterDoctype(text: string, from: number): number {
  let quote = ''
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at)
    if (quote !== '') quote = character === quote ? '' : quote
    else if (character === '"' || character === "'") quote = character
    else if (character === '[') depth++
    else if (character === ']') depth--
    else if (character === '>' && depth === 0) return at + 1
  }
  return -1
}
