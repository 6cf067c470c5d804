import { DarkroomError } from '../errors/catalogue.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import type { UserLimits } from '../metadata/user-limits.ts'
import type { DerivativeAddress } from '../url/address.ts'

/** What a limit is exceeded by; says which one it is, and what it is. */
const over = (what: string) => new DarkroomError('over-limit', what)

/** @throws DarkroomError `over-limit` for a format, or an operation (presets expanded), that the user may not use */
export function checkAddressLimits(limits: UserLimits | null, { format, steps }: DerivativeAddress): void {
  const { formats, operations } = limits ?? {}
  if (formats && !formats.includes(format))
    throw over(`formats: ${format} is not allowed, expected one of ${formats.join(', ') || 'none'}`)
  const step = operations && steps.find(({ op }) => !operations.includes(op))
  if (step)
    throw over(`operations: ${step.op} is not allowed, expected one of ${operations.join(', ') || 'none'}`)
}

/** @throws DarkroomError `over-limit` for a result that has more pixels than the user's may have */
export function checkPixelLimit(
  limits: UserLimits | null,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  const most = limits?.outputPixels
  if (most !== undefined && width * height > most)
    throw over(`outputPixels: at most ${most}, this result has ${width * height} (${width} × ${height})`)
}

/**
 * Whether there is room for another image, before work is done for it: the database asks again when it becomes ready. A
 * direct upload has the room that it was announced for.
 * @throws DarkroomError `over-limit`
 */
export async function requireUploadQuota(
  quotas: Pick<QuotaRepository, 'findLimitedHoldings'>,
  userId: string,
  bytes: number,
  directUpload?: string,
): Promise<void> {
  const holdings = await quotas.findLimitedHoldings(userId, directUpload)
  if (holdings === undefined) return
  const { images, storageBytes } = holdings.limits ?? {}
  if (images !== undefined && holdings.images + holdings.announcedImages + 1 > images)
    throw over(`images: at most ${images}`)
  const taken = holdings.storageBytes + holdings.announcedBytes
  if (storageBytes !== undefined && taken + bytes > storageBytes)
    throw over(`storageBytes: at most ${storageBytes}, of which ${taken} are taken`)
}
