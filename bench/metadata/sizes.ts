/** How much the benchmark `metadata` writes. Two fills of the same size write the same rows. */
export interface FillSize {
  readonly users: number
  /** Every fourth image is the large user's, the others are spread unevenly. */
  readonly images: number
  /** The days of usage, and the users and the names of each kind that each of the latest days has. */
  readonly usageDays: number
  readonly usageUsers: number
  readonly usageNames: number
  readonly deliveries: number
  readonly failedJobs: number
  readonly auditEntries: number
  /** Stored derivatives of the large user. */
  readonly files: number
}

/** The names of the large site at 1: 2.0 M images, 9.9 M derivatives, 3.5 M usage rows and 3 M files. */
const large: FillSize = {
  users: 500,
  images: 2_000_000,
  usageDays: 405,
  usageUsers: 500,
  usageNames: 120,
  deliveries: 200_000,
  failedJobs: 100_000,
  auditEntries: 300_000,
  files: 3_000_000,
}

/** The amounts of a share of the large site. The number of users and days stays, because lists have as many pages. */
export function fillSizeOf(share: number): FillSize {
  const of = (amount: number) => Math.max(1, Math.round(amount * share))
  return {
    ...large,
    images: of(large.images),
    usageUsers: Math.max(5, of(large.usageUsers)),
    deliveries: of(large.deliveries),
    failedJobs: of(large.failedJobs),
    auditEntries: of(large.auditEntries),
    files: of(large.files),
  }
}

/** The images of the large user with the tag that is purged. */
export const campaignImages = ({ images }: FillSize) => Math.max(20, Math.round(images * (946 / 2_000_000)))
