import { createRandom } from '../random.ts'
import {
  createDay,
  type StoredVariant,
  secondsOfDay,
  type Trace,
  type TraceRequest,
  unitOf,
} from './trace.ts'
import { ZipfSampler, zipfShares } from './zipf.ts'

/** What a site has and what is requested of it. All numbers may be scaled together: the hit ratios stay the same. */
export interface Site {
  readonly requestsPerDay: number
  readonly users: number
  /** The images at the beginning, which were uploaded at the same rate as the new ones. */
  readonly images: number
  readonly newImagesPerDay: number
  readonly derivativesPerImage: number
  /** The mean size of a derivative in kB, and of an original in MB. */
  readonly derivativeKb: number
  readonly originalMb: number
  /** The share of derivatives whose first response is a stand-in. */
  readonly expensiveShare: number
  /** Zipf's exponents of users, of the images of a user, and of the derivatives of an image. */
  readonly userExponent: number
  readonly imageExponent: number
  readonly derivativeExponent: number
  /** The share of requests that go to the images of the last days, the newest most. */
  readonly freshShare: number
  readonly freshDays: number
  /** The highest rate of requests divided by the mean of the day. */
  readonly peak: number
}

/** The same site with more or fewer users, images and requests. */
export const scaled = (site: Site, factor: number): Site => ({
  ...site,
  requestsPerDay: site.requestsPerDay * factor,
  users: Math.max(1, site.users * factor),
  images: site.images * factor,
  newImagesPerDay: site.newImagesPerDay * factor,
})

/** The spread of sizes: the standard deviation of their logarithm. */
const sizeSpread = 0.8

/** The size of a derivative in bytes, log-normally distributed around the mean. */
function bytesOf({ derivativeKb }: Site, key: number): number {
  const normal = Math.sqrt(-2 * Math.log(1 - unitOf(key, 1))) * Math.cos(2 * Math.PI * unitOf(key, 2))
  return Math.max(100, Math.round(derivativeKb * 1000 * Math.exp(sizeSpread * normal - sizeSpread ** 2 / 2)))
}

/** The images of a user: by popularity, and the new ones in the order of their uploads. */
class Catalogue {
  readonly ranks: number[] = []
  readonly #fresh: { image: number; second: number }[] = []
  #firstFresh = 0
  readonly #exponent: number
  #ranked: ZipfSampler | undefined
  #newest: ZipfSampler | undefined

  constructor(exponent: number) {
    this.#exponent = exponent
  }

  /** Adds an image at a random rank, whose image becomes the least popular one. */
  add(image: number, second: number, random: () => number): void {
    const rank = Math.floor(random() * (this.ranks.length + 1))
    const moved = this.ranks[rank]
    if (moved !== undefined) this.ranks.push(moved)
    this.ranks[rank] = image
    this.#fresh.push({ image, second })
    this.#ranked = undefined
    this.#newest = undefined
  }

  /** Images that were uploaded before are no longer new. */
  forgetBefore(second: number): void {
    const first = this.#firstFresh
    while ((this.#fresh[this.#firstFresh]?.second ?? second) < second) this.#firstFresh++
    if (this.#firstFresh > first) this.#newest = undefined
  }

  sample(random: () => number): number | undefined {
    this.#ranked ??= new ZipfSampler(this.ranks.length, this.#exponent)
    return this.ranks[this.#ranked.sample(random) - 1]
  }

  sampleNew(random: () => number): number | undefined {
    const count = this.#fresh.length - this.#firstFresh
    if (count === 0) return undefined
    this.#newest ??= new ZipfSampler(count, this.#exponent)
    return this.#fresh[this.#fresh.length - this.#newest.sample(random)]?.image
  }
}

/** A site while its trace is drawn. */
class Drawing {
  readonly #site: Site
  readonly #random: () => number
  readonly #users: ZipfSampler
  readonly #variants: ZipfSampler
  readonly #catalogues: Catalogue[]
  #images = 0

  constructor(site: Site, seed: number) {
    this.#site = site
    this.#random = createRandom(seed)
    const users = Math.round(site.users)
    this.#users = new ZipfSampler(users, site.userExponent)
    this.#variants = new ZipfSampler(site.derivativesPerImage, site.derivativeExponent)
    this.#catalogues = Array.from({ length: users }, () => new Catalogue(site.imageExponent))
    for (let image = 0; image < site.images; image++) this.upload(uploadedAt(site, image))
  }

  upload(second: number): void {
    const catalogue = this.#catalogues[this.#users.sample(this.#random) - 1]
    catalogue?.add(this.#images++, second, this.#random)
  }

  request(second: number): TraceRequest {
    const random = this.#random
    for (;;) {
      const catalogue = this.#catalogues[this.#users.sample(random) - 1]
      if (catalogue === undefined || catalogue.ranks.length === 0) continue
      catalogue.forgetBefore(second - this.#site.freshDays * secondsOfDay)
      const isNew = random() < this.#site.freshShare
      const image = (isNew ? catalogue.sampleNew(random) : undefined) ?? catalogue.sample(random)
      if (image === undefined) continue
      return { second, ...variantOf(this.#site, image, this.#variants.sample(random) - 1) }
    }
  }

  /** The derivatives that were requested before the trace begins. */
  stored(): StoredVariant[] {
    const userShares = zipfShares(this.#catalogues.length, this.#site.userExponent)
    return this.#catalogues.flatMap(({ ranks }, user) => {
      const perDay = this.#site.requestsPerDay * (userShares[user] ?? 0)
      return storedOf(this.#site, ranks, perDay)
    })
  }
}

/** Images were uploaded at the same rate before. */
const uploadedAt = ({ images, newImagesPerDay }: Site, image: number) =>
  ((image - images) / newImagesPerDay) * secondsOfDay

const variantOf = (site: Site, image: number, variant: number) => {
  const key = image * site.derivativesPerImage + variant
  return { key, image, bytes: bytesOf(site, key), isExpensive: unitOf(key, 3) < site.expensiveShare }
}

/**
 * The stored derivatives of a user. Requests come independently of each other, so a derivative was requested before with
 * probability 1 - exp(-expected requests), and its last request was exponentially long ago.
 */
function storedOf(site: Site, ranks: readonly number[], perDay: number): StoredVariant[] {
  const { imageExponent, derivativeExponent, derivativesPerImage, freshShare, freshDays } = site
  const imageShares = zipfShares(ranks.length, imageExponent)
  const variantShares = zipfShares(derivativesPerImage, derivativeExponent)
  const perNewImage = (site.requestsPerDay * freshShare) / site.newImagesPerDay
  return ranks.flatMap((image, rank) => {
    const ageDays = -uploadedAt(site, image) / secondsOfDay
    return variantShares.flatMap((share, variant) => {
      const lasting = perDay * (1 - freshShare) * (imageShares[rank] ?? 0) * share
      const early = perNewImage * share * Math.min(1, ageDays / freshDays)
      const found = variantOf(site, image, variant)
      if (unitOf(found.key, 4) >= 1 - Math.exp(-lasting * ageDays - early)) return []
      const waited = -Math.log(1 - unitOf(found.key, 5)) / lasting
      const earlyUse = Math.max(0, ageDays - freshDays * unitOf(found.key, 6))
      return [{ ...found, lastDay: Math.floor(-Math.min(waited, earlyUse)) }]
    })
  })
}

/** Draws the requests of some days. The same site and seed give the same trace. */
export function drawTrace(site: Site, days: number, seed = 1): Trace {
  const drawing = new Drawing(site, seed)
  const stored = drawing.stored()
  const timeOf = createDay(site.peak)
  const secondOf = (count: number, perDay: number) => {
    const day = Math.floor(count / perDay)
    return day * secondsOfDay + timeOf(count / perDay - day)
  }
  const requests: TraceRequest[] = []
  let uploads = 0
  for (let count = 0; count < site.requestsPerDay * days; count++) {
    const second = secondOf(count, site.requestsPerDay)
    for (; secondOf(uploads, site.newImagesPerDay) < second; uploads++)
      drawing.upload(secondOf(uploads, site.newImagesPerDay))
    requests.push(drawing.request(second))
  }
  return { requests, stored }
}
