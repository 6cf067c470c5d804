import type { FocalPoint } from '../metadata/image.ts'

/**
 * Names of derivatives that depend on their image's focal point. A canonical name tells it, as presets are expanded in
 * it; commas and underscores occur in no text. Valid in JavaScript and in Postgres.
 */
export const focalFileName = /[_,]g-focal[_,.]|_info[.]json$/

/** Whether a derivative depends on its image's focal point. */
export const dependsOnFocalPoint = (fileName: string) => focalFileName.test(fileName)

/** Whether two focal points are one. */
export const isSameFocalPoint = (a: FocalPoint | null, b: FocalPoint | null) => a?.x === b?.x && a?.y === b?.y
