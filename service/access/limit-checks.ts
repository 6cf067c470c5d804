import { DarkroomError } from '../errors/catalogue.ts'
import type { QuotaRepository } from '../metadata/quotas.ts'
import type { UserLimits } from '../metadata/user-limits.ts'
import type { DerivativeAddress } from '../url/address.ts'
import { oneOf } from '../url/policy.ts'

const overLimit = (detail: string) => new DarkroomError('over-limit', detail)

/** @throws DarkroomError `over-limit` for a format or an operation (presets expanded) that the user may not use */
export function checkAddressLimits(limits: UserLimits | null, { format, steps }: DerivativeAddress): void {
  const { formats, operations } = limits ?? {}
  if (formats && !formats.includes(format))
    throw overLimit(`formats: ${format} is not allowed, expected ${oneOf(formats)}`)
  const step = operations && steps.find(({ op }) => !operations.includes(op))
  if (step) throw overLimit(`operations: ${step.op} is not allowed, expected ${oneOf(operations)}`)
}

/** @throws DarkroomError `over-limit` for a result with more pixels than the user's limit */
export function checkPixelLimit(
  limits: UserLimits | null,
  { width, height }: { readonly width: number; readonly height: number },
): void {
  const max = limits?.outputPixels
  if (max !== undefined && width * height > max)
    throw overLimit(`outputPixels: at most ${max}, this result has ${width * height} (${width} × ${height})`)
}

/**
 * Checks that the user's quotas allow one more image, before any work is done for it. The database checks again when
 * the image becomes ready. When a direct upload is completed, `directUploadId` names it, so that it is not counted
 * twice.
 * @throws DarkroomError `over-limit`
 */
export async function requireUploadQuota(
  quotas: Pick<QuotaRepository, 'findLimitedHoldings'>,
  userId: string,
  bytes: number,
  directUploadId?: string,
): Promise<void> {
  const holdings = await quotas.findLimitedHoldings(userId, directUploadId)
  if (holdings === undefined) return
  const { images, storageBytes } = holdings.limits ?? {}
  if (images !== undefined && holdings.images + holdings.pendingImages + 1 > images)
    throw overLimit(`images: at most ${images}`)
  const used = holdings.storageBytes + holdings.pendingBytes
  if (storageBytes !== undefined && used + bytes > storageBytes)
    throw overLimit(`storageBytes: at most ${storageBytes}, ${used} are in use`)
}

/**
 * Checks that the user's quota allows an original that is larger by this number of bytes, before any work is done for it.
 * The database checks again when the original is replaced. A smaller one is always allowed.
 * @throws DarkroomError `over-limit`
 */
export async function requireReplacementQuota(
  quotas: Pick<QuotaRepository, 'findLimitedHoldings'>,
  userId: string,
  moreBytes: number,
): Promise<void> {
  if (moreBytes <= 0) return
  const holdings = await quotas.findLimitedHoldings(userId)
  const storageBytes = holdings?.limits?.storageBytes
  if (holdings === undefined || storageBytes === undefined) return
  const used = holdings.storageBytes + holdings.pendingBytes
  if (used + moreBytes > storageBytes)
    throw overLimit(`storageBytes: at most ${storageBytes}, ${used} are in use`)
}
