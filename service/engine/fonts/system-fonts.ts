import type { Dirent } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { type FontFace, hasCharacter, readFontFace } from './font-file.ts'

/** The directories in which fontconfig looks, too. */
const directories = () => [
  '/usr/share/fonts',
  '/usr/local/share/fonts',
  join(homedir(), '.fonts'),
  join(homedir(), '.local/share/fonts'),
]
const maxFaces = 1_000
const maxDepth = 6

/** The most characters for which fonts are looked up. Further characters do not add a font. */
const maxCharacters = 1_000
/** Limits of the fonts that one document gets: a font for Chinese, Japanese and Korean takes 20 MB. */
const maxFonts = 6
const maxBytes = 64_000_000

/** Fonts that draw boxes, pixels or nothing, used only for characters that no other font has. */
const lastChoice = /last-?resort|blank|unifont|emoji/i
/** Styles of lettering that differ from the text around it. */
const styled = /serif|mono|condensed|narrow/i

interface FontIndex {
  /** The font that comes with the service. */
  readonly own: FontFace | undefined
  readonly system: readonly FontFace[]
}

/** Reads the system's fonts once, when a document needs one for the first time. */
let index: Promise<FontIndex> | undefined

/** The files of fonts for the characters that DejaVu Sans lacks: as few as possible, within the limits. */
export async function findFonts(characters: readonly number[]): Promise<Uint8Array[]> {
  index ??= readIndex()
  const { own, system } = await index
  const missing = characters.filter(code => own === undefined || !hasCharacter(own, code))
  const chosen = chooseFonts(system, missing.slice(0, maxCharacters))
  const files = await Promise.all(chosen.map(({ path }) => readFile(path).catch(() => undefined)))
  return files.filter(file => file !== undefined)
}

async function readIndex(): Promise<FontIndex> {
  const { resolve } = createRequire(import.meta.url)
  const paths: string[] = []
  for (const directory of directories()) await collect(directory, paths, maxDepth)
  const system: FontFace[] = []
  for (const path of paths) {
    const face = await readFontFace(path).catch(() => undefined)
    if (face) system.push(face)
  }
  return { own: await readFontFace(resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf')), system }
}

async function collect(directory: string, paths: string[], depth: number): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true }).catch((): Dirent[] => [])
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (paths.length >= maxFaces) return
    const path = join(directory, entry.name)
    if (entry.isDirectory() && depth > 0) await collect(path, paths, depth - 1)
    else if (/\.(ttf|otf|ttc|otc)$/i.test(entry.name)) paths.push(path)
  }
}

/** Repeatedly takes the font that has the most missing characters, until no font adds any or a limit is reached. */
export function chooseFonts(system: readonly FontFace[], characters: readonly number[]): FontFace[] {
  const candidates = system.map(face => ({
    face,
    penalty: penaltyOf(face),
    found: characters.filter(code => hasCharacter(face, code)),
  }))
  const missing = new Set(characters)
  const chosen: FontFace[] = []
  let bytes = 0
  while (chosen.length < maxFonts && missing.size > 0) {
    const counted = candidates
      .map(candidate => ({ ...candidate, count: candidate.found.filter(code => missing.has(code)).length }))
      .filter(({ count, face }) => count > 0 && bytes + face.bytes <= maxBytes)
    const isLast = (path: string) => Number(lastChoice.test(path))
    counted.sort(
      (a, b) => isLast(a.face.path) - isLast(b.face.path) || b.count - a.count || a.penalty - b.penalty,
    )
    const [best] = counted
    if (best === undefined) break
    chosen.push(best.face)
    bytes += best.face.bytes
    for (const code of best.found) missing.delete(code)
  }
  return chosen
}

/** Prefers regular, upright fonts without serifs. */
const penaltyOf = ({ path, weight, italic }: FontFace) =>
  Math.abs(weight - 400) + (italic ? 1_000 : 0) + (styled.test(path) ? 500 : 0)
