import type { DerivativeAddress, Step } from '../url/address.ts'
import { badUrl } from '../url/bad-url.ts'
import type { OptionValue } from '../url/option.ts'
import { maxSteps } from '../url/path.ts'
import type { OutputFormat } from './formats.ts'

/** A client's hints about its screen and connection; each may be absent. */
export interface ClientHints {
  /** Display width of the image, in device pixels (`Sec-CH-Width`). */
  readonly width?: number | undefined
  /** Viewport width in CSS pixels (`Sec-CH-Viewport-Width`). */
  readonly viewportWidth?: number | undefined
  /** Device pixels per CSS pixel (`Sec-CH-DPR`). */
  readonly dpr?: number | undefined
  /** The user asks for reduced data usage (`Save-Data`). */
  readonly saveData: boolean
}

/** A client that sends no hints. */
export const noHints: ClientHints = { saveData: false }

/** A request header that a response may depend on, as `Vary` names it. */
export type NegotiatedHeader =
  | 'Accept'
  | 'Sec-CH-DPR'
  | 'Sec-CH-Width'
  | 'Sec-CH-Viewport-Width'
  | 'Save-Data'

/**
 * The widths in device pixels that `w-auto` can resolve to, each about 1.25 times the one before. A result has at most
 * 1.64 times the displayed pixels, and an image has few versions.
 */
export const widthLadder = [
  160, 200, 256, 320, 400, 512, 640, 800, 1024, 1280, 1600, 1920, 2400, 3072, 3840,
] as const
const widest = 3840
/** The width for clients that send no width hint, such as Safari and Firefox: enough for most screens at full width. */
const defaultWidth = 1280

/** The densities that `dpr-auto` can resolve to. */
const densities = [1, 1.5, 2, 3, 4] as const

/** The longest side that an option may name. */
const maxSide = 8192

/** Qualities with `Save-Data`: about two thirds of the bytes of the format's default. */
const saveDataQuality: Partial<Record<OutputFormat, number>> = { jpg: 60, webp: 58, avif: 45 }

const isAuto = (steps: readonly Step[], option: 'w' | 'dpr') =>
  steps.some(step => step.op === 'resize' && step.options[option] === 'auto')

/**
 * The request headers that a URL's response depends on. The list follows from the URL alone, whatever a request sends,
 * so a cache that keys on the URL and these headers never serves one client's variant to another.
 * @param address with its presets expanded
 */
export function varyingHeaders({
  steps,
  format,
}: Pick<DerivativeAddress, 'steps' | 'format'>): NegotiatedHeader[] {
  const accept: NegotiatedHeader[] = format === 'auto' ? ['Accept'] : []
  if (isAuto(steps, 'w')) {
    return [...accept, 'Sec-CH-DPR', 'Sec-CH-Width', 'Sec-CH-Viewport-Width', 'Save-Data']
  }
  return isAuto(steps, 'dpr') ? [...accept, 'Sec-CH-DPR', 'Save-Data'] : accept
}

/**
 * Replaces `auto` by numbers, as if the URL had named them, so that equal derivatives have one name. A hinted width is
 * in device pixels, so the other sides are multiplied by `dpr` here and `dpr` is removed.
 * @throws DarkroomError `bad-url` for `h-auto` without a width
 */
export function applyHints(steps: readonly Step[], hints: ClientHints): Step[] {
  return steps.map(step =>
    step.op === 'resize' ? { ...step, options: resolveAuto(step.options, hints) } : step,
  )
}

/**
 * Lowers the quality for a client with `Save-Data`, when the URL uses hints and does not set a quality itself.
 * @param requested the steps before `applyHints`
 */
export function applySaveData(
  requested: readonly Step[],
  steps: readonly Step[],
  format: OutputFormat,
  { saveData }: ClientHints,
): readonly Step[] {
  const q = saveDataQuality[format]
  const usesHints = isAuto(requested, 'w') || isAuto(requested, 'dpr')
  const encodes = steps.filter(({ op }) => op === 'encode')
  if (!saveData || !usesHints || q === undefined || encodes.some(setsQuality)) return steps
  const last = encodes.at(-1)
  if (last) return steps.map(step => (step === last ? { ...step, options: { ...step.options, q } } : step))
  return steps.length < maxSteps ? [...steps, { op: 'encode', options: { q } }] : steps
}

const setsQuality = ({ options }: Step) =>
  ['q', 'lossless', 'near'].some(name => Object.hasOwn(options, name))

function resolveAuto(options: Step['options'], hints: ClientHints): Step['options'] {
  const { w, h, dpr, ...others } = options
  if (h === 'auto' && [w, others.minw, others.minh].every(side => side === undefined)) {
    throw badUrl('resize: h-auto needs another side to compute the height from, expected w, minw or minh')
  }
  const rest = h === undefined || h === 'auto' ? others : { ...others, h }
  if (w === 'auto') return { ...inDevicePixels(rest, density({ ...rest, dpr }, hints)), w: autoWidth(hints) }
  const sides = w === undefined ? rest : { ...rest, w }
  return dpr === undefined ? sides : { ...sides, dpr: density({ ...sides, dpr }, hints) }
}

const sideNames = ['w', 'h', 'minw', 'minh']

function inDevicePixels(options: Step['options'], dpr: number): Step['options'] {
  const multiplied: Record<string, OptionValue> = {}
  for (const [name, value] of Object.entries(options)) {
    const isSide = sideNames.includes(name) && typeof value === 'number'
    multiplied[name] = isSide ? Math.max(1, Math.round(value * dpr)) : value
  }
  return multiplied
}

/** The width of `w-auto`, rounded up so that the image is never blurred. */
function autoWidth({ width, viewportWidth, dpr = 1, saveData }: ClientHints): number {
  const saveDataFactor = saveData ? Math.min(dpr, 1) / dpr : 1
  const hinted = width ?? (viewportWidth === undefined ? undefined : viewportWidth * dpr)
  const target = hinted === undefined ? defaultWidth : Math.round(hinted * saveDataFactor)
  return widthLadder.find(rung => rung >= target) ?? widest
}

/** The density of `dpr-auto`, rounded up while all sides stay within range: a hint alone must not make a URL fail. */
function density(options: Readonly<Record<string, OptionValue | undefined>>, hints: ClientHints): number {
  if (options.dpr !== 'auto') return Number(options.dpr ?? 1)
  const longest = Math.max(1, ...sideNames.map(name => Number(options[name] ?? 1)))
  const fitting = densities.filter(density => density === 1 || density * longest <= maxSide)
  const target = hints.saveData ? 1 : (hints.dpr ?? 1)
  return fitting.find(density => density >= target) ?? fitting.at(-1) ?? 1
}
