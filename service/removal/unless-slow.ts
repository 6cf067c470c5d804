import { DarkroomError } from '../errors/catalogue.ts'

/**
 * A count that is only shown; undefined when counting takes the database too long, so that the work begins all the same.
 * @throws any other error, also that of an outage
 */
export async function unlessSlow(counting: Promise<number>): Promise<number | undefined> {
  try {
    return await counting
  } catch (error) {
    if (error instanceof DarkroomError && error.code === 'unavailable' && !error.isOutage) return undefined
    throw error
  }
}
