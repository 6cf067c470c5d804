import type { FocalPoint } from '../metadata/image.ts'

/**
 * Matches the names of derivatives that depend on their image's focal point. Presets are expanded in a canonical name,
 * and encoded text contains no comma or underscore, so the name alone decides. The syntax is valid in JavaScript and
 * Postgres.
 */
export const focalFileName = /[_,]g-focal[_,.]|_info[.]json$/

/** Whether a derivative depends on its image's focal point. */
export const dependsOnFocalPoint = (fileName: string) => focalFileName.test(fileName)

/** Whether two focal points are equal. */
export const isSameFocalPoint = (a: FocalPoint | null, b: FocalPoint | null) => a?.x === b?.x && a?.y === b?.y
