import readExif from 'exif-reader'
import Value from 'typebox/value'
import { Exposure } from '../../plan/insight.ts'

/** A camera's text may be as long as it likes; nobody reads more. */
const maxText = 80

/**
 * How a picture was taken, from its EXIF (CIPA DC-008). Only what is listed here leaves: places, serial numbers, names
 * of owners and free comments stay in the original. Damaged EXIF counts as none.
 */
export function readExposure(exif: Buffer | undefined): Exposure {
  if (exif === undefined) return {}
  try {
    const { Image = {}, Photo = {} } = readExif(exif)
    return withoutAbsent({
      make: text(Image.Make),
      model: text(Image.Model),
      lens: text(Photo.LensModel),
      software: text(Image.Software),
      takenAt: time(Photo.DateTimeOriginal),
      exposureTime: number(Photo.ExposureTime),
      fNumber: number(Photo.FNumber),
      iso: number(Array.isArray(Photo.ISOSpeedRatings) ? Photo.ISOSpeedRatings[0] : Photo.ISOSpeedRatings),
      focalLength: number(Photo.FocalLength),
      flash: typeof Photo.Flash === 'number' ? (Photo.Flash & 1) === 1 : undefined,
    })
  } catch {
    return {}
  }
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

/** EXIF times have no zone; the reader takes them for UTC, so that the camera's own digits are these. */
const time = (value: unknown) =>
  value instanceof Date && Number.isFinite(value.getTime()) ? value.toISOString().slice(0, 19) : undefined
