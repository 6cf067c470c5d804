import { withAvifProfile } from '../color/heif-color.ts'
import { mayNeedCmykProfile, withCmykProfile } from '../color/jpeg-cmyk.ts'
import { mayNeedPngProfile, withPngProfile } from '../color/png-color.ts'
import { showPrimaryItem } from './avif-container.ts'
import { withCollectedPixels } from './damaged-png.ts'
import { isGif, withGifTransparency } from './gif-transparency.ts'
import { withEndMarker } from './jpeg-end.ts'
import { mayNeedBounds, withBoundedTexts } from './png-texts.ts'
import { isTiff, withFewPages } from './tiff-directories.ts'

/** AVIF among the first brands of the container. */
const avif = /^....ftyp.{0,200}avi[fs]/s

const isAvif = (head: Buffer) => avif.test(head.toString('latin1', 0, 220))

/** Whether `asLibvipsReads` may change a file with this beginning. It may also add the end marker to a JPEG. */
export const needsRewriting = (head: Buffer): boolean =>
  isGif(head) ||
  isAvif(head) ||
  isTiff(head) ||
  mayNeedPngProfile(head) ||
  mayNeedBounds(head) ||
  mayNeedCmykProfile(head)

/**
 * Rewrites a file so that libvips shows what browsers show, such as colours that no ICC profile describes, and does not
 * spend memory or time on texts that no result contains.
 * @param damage the damage that the file is known to have
 * @returns the same buffer when nothing has to change; damaged files stay as they are, so that the decoder says why
 */
export function asLibvipsReads(file: Buffer, { mayLackEnd, isDamagedPng }: KnownDamage): Buffer {
  const shown = shownAs.get(file) ?? asShown(file)
  shownAs.set(file, shown)
  if (isDamagedPng) return withCollectedPixels(shown)
  return mayLackEnd ? withEndMarker(shown) : shown
}

/** Damage with which a file was accepted. */
export interface KnownDamage {
  /** The end of a JPEG may be missing. */
  readonly mayLackEnd: boolean
  /** A PNG whose pixels have a wrong checksum, or whose last part is missing. */
  readonly isDamagedPng: boolean
}

/** Results by file, because an animation is opened many times, for a few frames each time. */
const shownAs = new WeakMap<Buffer, Buffer>()

function asShown(file: Buffer): Buffer {
  if (isGif(file)) return withGifTransparency(file)
  if (isAvif(file)) return withAvifProfile(showPrimaryItem(file))
  return withCmykProfile(withPngProfile(withBoundedTexts(withFewPages(file))))
}
