import type { DerivativeAddress, Step } from '../url/address.ts'
import { badUrl } from '../url/bad-url.ts'
import type { OptionValue } from '../url/option.ts'
import { maxSteps } from '../url/path.ts'
import type { OutputFormat } from './formats.ts'

/** What a client tells of its screen and its line; each may be missing. */
export interface ClientHints {
  /** Width in which the page shows the image, in device pixels (`Sec-CH-Width`). */
  readonly width?: number | undefined
  /** In CSS pixels (`Sec-CH-Viewport-Width`). */
  readonly viewportWidth?: number | undefined
  /** Device pixels per CSS pixel (`Sec-CH-DPR`). */
  readonly dpr?: number | undefined
  /** The user wants to save data (`Save-Data`). */
  readonly saveData: boolean
}

/** A client that gives no hints. */
export const noHints: ClientHints = { saveData: false }

/** A request header that a URL may let have a say, as `Vary` names it. */
export type NegotiatedHeader =
  | 'Accept'
  | 'Sec-CH-DPR'
  | 'Sec-CH-Width'
  | 'Sec-CH-Viewport-Width'
  | 'Save-Data'

/**
 * Widths in device pixels that `w-auto` can become, each some 1.25 times the one before: what is sent has at most
 * 1.64 times the pixels that are shown, and a picture has few versions.
 */
export const widthLadder = [
  160, 200, 256, 320, 400, 512, 640, 800, 1024, 1280, 1600, 1920, 2400, 3072, 3840,
] as const
const widest = 3840
/** For a client that hints at no width, as Safari and Firefox: what most screens show in their full width. */
const unknownWidth = 1280

/** What `dpr-auto` can become. */
const densities = [1, 1.5, 2, 3, 4] as const

/** The longest side that an option may name. */
const maxSide = 8192

/** Qualities for who saves data: some two thirds of the bytes of the format's default. */
const sparingQuality: Partial<Record<OutputFormat, number>> = { jpg: 60, webp: 58, avif: 45 }

const isAuto = (steps: readonly Step[], option: 'w' | 'dpr') =>
  steps.some(step => step.op === 'resize' && step.options[option] === 'auto')

/**
 * The headers that have a say in what a URL gives, whatever a request holds in them: a cache that keys on these and on
 * the URL never gives a client another's bytes.
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
 * The steps with numbers where they said `auto`, as a URL could have said it, so that equal derivatives have one name.
 * A width by hint is in device pixels, so the other sides are multiplied by `dpr` here and it is gone.
 * @throws DarkroomError `bad-url` for `h-auto` with nothing to follow
 */
export function applyHints(steps: readonly Step[], hints: ClientHints): Step[] {
  return steps.map(step => (step.op === 'resize' ? { ...step, options: sized(step.options, hints) } : step))
}

/**
 * The steps with a lower quality where a client saves data and the URL lets hints have a say but names no quality.
 * @param written the steps before `withHints`
 */
export function applySaveData(
  written: readonly Step[],
  steps: readonly Step[],
  format: OutputFormat,
  { saveData }: ClientHints,
): readonly Step[] {
  const q = sparingQuality[format]
  const hinted = isAuto(written, 'w') || isAuto(written, 'dpr')
  const encodes = steps.filter(({ op }) => op === 'encode')
  if (!saveData || !hinted || q === undefined || encodes.some(namesQuality)) return steps
  const last = encodes.at(-1)
  if (last) return steps.map(step => (step === last ? { ...step, options: { ...step.options, q } } : step))
  return steps.length < maxSteps ? [...steps, { op: 'encode', options: { q } }] : steps
}

const namesQuality = ({ options }: Step) =>
  ['q', 'lossless', 'near'].some(name => Object.hasOwn(options, name))

function sized(options: Step['options'], hints: ClientHints): Step['options'] {
  const { w, h, dpr, ...others } = options
  if (h === 'auto' && [w, others.minw, others.minh].every(side => side === undefined)) {
    throw badUrl('resize: h-auto follows the aspect ratio: expected w, minw or minh beside it')
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

/** Rounded up, so that nothing is blurred by it. */
function autoWidth({ width, viewportWidth, dpr = 1, saveData }: ClientHints): number {
  const saved = saveData ? Math.min(dpr, 1) / dpr : 1
  const hinted = width ?? (viewportWidth === undefined ? undefined : viewportWidth * dpr)
  const wanted = hinted === undefined ? unknownWidth : Math.round(hinted * saved)
  return widthLadder.find(rung => rung >= wanted) ?? widest
}

/** `dpr-auto` is rounded up as far as the sides stay within an option's range: a hint alone must not make a URL fail. */
function density(options: Readonly<Record<string, OptionValue | undefined>>, hints: ClientHints): number {
  if (options.dpr !== 'auto') return Number(options.dpr ?? 1)
  const longest = Math.max(1, ...sideNames.map(name => Number(options[name] ?? 1)))
  const fitting = densities.filter(density => density === 1 || density * longest <= maxSide)
  const wanted = hints.saveData ? 1 : (hints.dpr ?? 1)
  return fitting.find(density => density >= wanted) ?? fitting.at(-1) ?? 1
}
