/** Formats numbers and dates for users. */

const decimals = new Intl.NumberFormat('en', { maximumFractionDigits: 1 })
const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 })

const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 })

const units = ['kB', 'MB', 'GB', 'TB'] as const

/** `840 B`, `12.4 kB`, `3.1 MB`, in decimal units. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${whole.format(bytes)} B`
  const power = Math.min(units.length, Math.floor(Math.log10(bytes) / 3))
  const value = bytes / 1000 ** power
  return `${(value < 100 ? decimals : whole).format(value)} ${units[power - 1]}`
}

/** `320 ms`, `4.2 s`, `3.5 min`, `2.5 h`. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${whole.format(ms)} ms`
  if (ms < 60_000) return `${decimals.format(ms / 1000)} s`
  if (ms < 7_200_000) return `${(ms < 600_000 ? decimals : whole).format(ms / 60_000)} min`
  return `${decimals.format(ms / 3_600_000)} h`
}

export const sizeText = (width: number, height: number) => `${width} × ${height}`

export const percentText = (share: number) => `${whole.format(share * 100)} %`

/** `1,234,567`. */
export const numberText = (number: number) => whole.format(number)

/** `1.2M`, for tight spaces. */
export const shortNumberText = (number: number) => compact.format(number)

const timestamps = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short' })

/** Formats an ISO 8601 timestamp. */
export function dateText(iso: string): string {
  return timestamps.format(new Date(iso))
}

const localDates = new Intl.DateTimeFormat('en', { dateStyle: 'medium' })

/** The local date of an ISO 8601 timestamp: `Nov 26, 2026`. */
export const dayText = (iso: string) => localDates.format(new Date(iso))

const dates = new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeZone: 'UTC' })
const shortDates = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric', timeZone: 'UTC' })

/** Formats a day or a range of days, given as `YYYY-MM-DD`: `Nov 26, 2026`, `Nov 20 – 26, 2026`. */
export function daysText(first: string, last = first): string {
  return dates.formatRange(new Date(first), new Date(last))
}

/** `Nov 26`, `Nov 20 – 26`: without the year, where it is clear from the context. */
export function shortDaysText(first: string, last = first): string {
  return shortDates.formatRange(new Date(first), new Date(last))
}

/** `1 image`, `3 images`. */
export function countText(count: number, thing: string): string {
  return `${whole.format(count)} ${thing}${count === 1 ? '' : 's'}`
}

/** The time left until an ISO 8601 timestamp: `6 days left`, `5 hours left`. */
export function leftText(iso: string, now = Date.now()): string {
  const hours = (Date.parse(iso) - now) / 3_600_000
  if (hours < 1) return 'under an hour left'
  return `${hours < 24 ? countText(Math.floor(hours), 'hour') : countText(Math.ceil(hours / 24), 'day')} left`
}

/** The tags in a text, separated by commas. */
export function parseTags(text: string): string[] {
  return text
    .split(',')
    .map(tag => tag.trim())
    .filter(tag => tag !== '')
}
