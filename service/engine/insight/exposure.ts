import Value from 'typebox/value'
import { Exposure } from '../../plan/insight.ts'
import { exifTags, readExif } from '../metadata/exif.ts'

/** Longest text that is kept, in characters. EXIF itself has no limit. */
const maxText = 80

/**
 * How a photo was taken, from its EXIF (CIPA DC-008). Only the listed fields are published: locations, serial numbers,
 * owner names and free comments stay in the original. Damaged EXIF counts as none.
 */
export function readExposure(exif: Buffer | undefined): Exposure {
  const { image, photo } = readExif(exif)
  const flash = number(photo.get(exifTags.flash))
  return withoutAbsent({
    make: text(image.get(exifTags.make)),
    model: text(image.get(exifTags.model)),
    lens: text(photo.get(exifTags.lens)),
    software: text(image.get(exifTags.software)),
    takenAt: time(photo.get(exifTags.takenAt)),
    exposureTime: number(photo.get(exifTags.exposureTime)),
    fNumber: number(photo.get(exifTags.fNumber)),
    iso: number(photo.get(exifTags.iso)),
    focalLength: number(photo.get(exifTags.focalLength)),
    flash: flash === undefined ? undefined : (flash & 1) === 1,
  })
}

function withoutAbsent(fields: Record<string, unknown>): Exposure {
  const present: unknown = Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  )
  return Value.Check(Exposure, present) ? present : {}
}

function text(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined
  const clean = value.replace(/[\p{Cc}\p{Cs}]/gu, ' ').trim()
  return clean === '' ? undefined : clean.slice(0, maxText)
}

const number = (value: unknown) =>
  typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : undefined

/** EXIF times have no time zone. The camera's digits are kept if they form a valid time. */
function time(value: unknown): string | undefined {
  const [, year, month, day, clock] =
    /^(\d{4}):(\d\d):(\d\d) (\d\d:\d\d:\d\d)/.exec(typeof value === 'string' ? value : '') ?? []
  const written = `${year}-${month}-${day}T${clock}`
  return Number.isNaN(Date.parse(`${written}Z`)) ? undefined : written
}
