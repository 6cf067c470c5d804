import type { OutputSettings } from '../operations/settings.ts'
import type { Size } from '../operations/shapes.ts'
import type { Stage } from '../operations/stage.ts'
import { decodeCostMs, rungDecodeCostMs } from './cost.ts'
import type { ImageFacts } from './facts.ts'
import { type PassSequence, splitPasses } from './passes.ts'
import type { Ladder, RungFormat } from './rungs.ts'
import { isAnimation, type PageSelection, sourceFrame } from './selection.ts'

/** A development that reads a rung in place of the original, and differs by no pixel in size. */
export interface RungSource extends Size {
  readonly format: RungFormat
  /** What is done to the rung. */
  readonly sequence: PassSequence
  /** Estimated CPU milliseconds that it saves. */
  readonly savedMs: number
}

/** Each at most half the next, and half the original. */
const widths = [640, 1280, 2560]
/** A baseline JPEG is read at a fraction of its size: below this many pixels a rung saves little. */
const baselinePixels = 8_000_000

/** The most pixels of a rung: those of a tall strip would fill the memory for the few who ask for such results. */
const maxRungPixels = 12_000_000

/** The widths of the rungs that pay for themselves, the smallest first: often none. */
export function ladderWidths(facts: ImageFacts): number[] {
  const { width, height } = sourceFrame(facts, 1)
  const { format, progressive, vector } = facts
  if (vector || isAnimation(facts)) return []
  const dear = format !== 'gif' && (format !== 'jpg' || progressive)
  if (!dear && areaOf({ width, height }) <= baselinePixels) return []
  return widths.filter(rung => 2 * rung <= width && areaOf(rungSize(facts, rung)) <= maxRungPixels)
}

const areaOf = ({ width, height }: Size) => width * height

/** The size of a rung: the original's proportions, so that its height is rounded. */
export function rungSize(facts: ImageFacts, width: number): Size {
  const frame = sourceFrame(facts, 1)
  return { width, height: Math.max(1, Math.round((frame.height * width) / frame.width)) }
}

/**
 * What a ladder is stored as. A drawing stays free of loss, or its even areas would carry noise into every result; and
 * so does transparency: WebP has a tenth of PNG's bytes, but takes as long to read, and results from it have a mean SSIM
 * of 0.991 to 0.996, where those from PNG have 0.998 and those from JPEG 0.997 (5 pictures at 10 widths, 160 to 1200).
 */
export function chooseRungFormat({ alpha }: ImageFacts, kind: 'photo' | 'graphic'): RungFormat {
  return alpha || kind === 'graphic' ? 'png' : 'jpg'
}

/** What of a plan decides whether a rung may stand for the original. */
interface RungRequest {
  readonly facts: ImageFacts
  readonly selection: PageSelection
  readonly settings: OutputSettings
  readonly sequence: PassSequence
}

/** Reads the smallest rung that is good enough; undefined when the original has to be read. */
export function chooseRung(wanted: RungRequest, ladder: Ladder | undefined): RungSource | undefined {
  if (ladder === undefined || !isOrdinary(wanted)) return undefined
  const { facts, sequence: course } = wanted
  const pays = ladderWidths(facts)
  for (const width of ladder.widths.filter(width => pays.includes(width))) {
    const size = rungSize(facts, width)
    const onRung = sequenceOn(size, course)
    if (onRung === undefined) continue
    const before = decodeCostMs(facts, shrinkOf(facts, course)) + total(course)
    const after = rungDecodeCostMs(size, ladder.format) + total(onRung)
    return { ...size, format: ladder.format, sequence: onRung, savedMs: Math.max(0, before - after) }
  }
  return undefined
}

/** Whether nothing is asked for that only the original's file can give: its other pages, profile, metadata, exact pixels. */
function isOrdinary({ selection, settings }: RungRequest): boolean {
  const { lossless, near, metadata, profile = 'srgb' } = settings
  const first = selection.page === 1 && selection.frames === 1
  const exact = lossless === true || near !== undefined
  return first && !exact && metadata !== 'keep' && profile === 'srgb'
}

/**
 * How many pixels of a rung there are at least to one of the result, in each direction; more behind a crop, whose
 * edges fall between two pixels of the rung.
 */
const margins = { whole: 2, cropped: 4 }

/** The same course on a smaller copy of the picture, when all before its first scaling can be done there. */
function sequenceOn(rung: Size, course: PassSequence): PassSequence | undefined {
  const stages = course.passes.flat()
  const changed: Stage[] = []
  let copy: Size = rung
  let margin = margins.whole
  for (const [index, stage] of stages.entries()) {
    const onCopy = stage.onSmallerCopy?.(copy)
    if (onCopy === undefined) return undefined
    changed.push(onCopy)
    if (stage.fixedSize) {
      const enough = suffices(copy, stage.frame, margin)
      return enough ? { ...course, passes: splitPasses([...changed, ...stages.slice(index + 1)]) } : undefined
    }
    if (stage.crops) margin = margins.cropped
    copy = onCopy.frame
  }
  return undefined
}

/** The sides of both were rounded, so that they may be half a pixel off. */
function suffices(copy: Size, result: Size, margin: number): boolean {
  const least = (side: number) => margin * (side - 0.5) - 0.5
  return copy.width >= least(result.width) && copy.height >= least(result.height)
}

const total = ({ passes }: PassSequence) => passes.flat().reduce((sum, { costMs }) => sum + costMs, 0)

/** How many times smaller the first stage makes the original; 1 when it does something else. */
function shrinkOf(facts: ImageFacts, { passes }: PassSequence): number {
  const first = passes[0]?.[0]
  return first?.fixedSize ? sourceFrame(facts, 1).width / first.frame.width : 1
}

/** Whether an image is worth a ladder. */
export const needsLadder = (facts: ImageFacts): boolean => ladderWidths(facts).length > 0
