import { downloadFileName } from '../download-name.ts'

/** The name of the list of images that are missing in an archive. */
export const errorsName = 'errors.txt'

/** The longest name without its extension, in bytes: file systems allow 255 bytes for all, and a number may be added. */
const maxStemBytes = 180

/** Names of devices, which Windows opens instead of a file, whatever the extension is. */
const reserved = /^(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])$/i

/** Gives the files of one archive names that are unique and harmless on every system. */
export class ArchiveNames {
  /** Without case, because most systems do not distinguish it. */
  readonly #taken: Set<string>
  /** The number that the next file with a name gets: trying all numbers again would take quadratic time. */
  readonly #nextNumbers = new Map<string, number>()

  constructor(taken: Set<string> = new Set()) {
    this.#taken = taken.add(errorsName)
  }

  /** A name for a file of a format (its extension). A repeated name gets a number: `a (2).jpg`. */
  add(wanted: string, format: string): string {
    // the extension is added again at the end, so that no cut or number hides the format
    const named = downloadFileName(wanted, format)
    const dot = named.lastIndexOf('.')
    const extension = named.slice(dot).toLowerCase()
    const stem = harmlessStem(named.slice(0, dot))
    const wantedKey = `${stem}${extension}`.toLowerCase()
    for (let number = this.#nextNumbers.get(wantedKey) ?? 1; ; number++) {
      const name = `${stem}${number === 1 ? '' : ` (${number})`}${extension}`
      const key = name.toLowerCase()
      if (this.#taken.has(key)) continue
      this.#taken.add(key)
      this.#nextNumbers.set(wantedKey, number + 1)
      return name
    }
  }
}

/**
 * The name of one file: without directories, characters that Windows or a shell could misread, and characters that show a
 * name in another order than it has.
 */
function harmlessStem(text: string): string {
  const clean = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/gu, '')
    .replace(/["*/:<>?\\|]/g, '_')
  const stem = trimDots(cut(trimDots(clean)))
  if (stem === '') return 'image'
  // Windows looks at what is before the first dot
  return reserved.test(stem.split('.')[0]?.trim() ?? '') ? `_${stem}` : stem
}

/** A leading dot would hide a file, and Windows removes dots and spaces at the end. A leading `~` is a home directory. */
const trimDots = (text: string) => text.replace(/^[\s.~-]+|[\s.]+$/gu, '')

function cut(text: string): string {
  let bytes = 0
  let kept = ''
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > maxStemBytes) break
    kept += character
  }
  return kept
}
