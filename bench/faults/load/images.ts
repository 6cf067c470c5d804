import type { Extension } from '../../../service/url/address.ts'
import type { Account } from './account.ts'
import type { Expected } from './answer-check.ts'
import { drawAnimation, drawNumber } from './numbered-picture.ts'
import type { Client } from './request.ts'

/** A URL whose answer is known. */
export interface Target {
  /** The signed path. */
  readonly path: string
  readonly expected: Expected
}

/** The images that exist during all faults, and URLs of their derivatives. */
export interface Images {
  /** Few, which stay in memory. The nginx in front does not cache them, see `uncached`. */
  readonly hot: readonly Target[]
  /** Few, which nginx caches. */
  readonly cached: readonly Target[]
  /** More than fit into memory, so that most are read from the store. nginx does not cache them. */
  readonly stored: readonly Target[]
  /** A derivative that was never asked for. */
  nextCold(): Promise<Target>
  /** One that is rendered by a worker, because it is animated. */
  nextHeavy(): Promise<Target>
}

/** nginx passes on an Accept with weights, and caches no answer to it. It has an effect on URLs that end with `.auto`. */
export const uncached = { accept: 'image/webp;q=0.9' }

const [stills, animations] = [24, 4]
const stillSize = { width: 480, height: 360 }
const frameSize = { width: 160, height: 120 }
/** The numbers of the pictures: of animations, and of what is uploaded during the faults. */
const firstAnimation = 1_000
export const firstUpload = 2_000

/** An image by the number that it shows. */
interface Uploaded {
  readonly id: string
  readonly number: number
}

/** Uploads the images, and asks for each derivative that is requested again and again. */
export async function prepareImages(account: Account, client: Client): Promise<Images> {
  const uploadOne = async (number: number, file: Buffer) => {
    const { status, body } = await account.upload(client, file)
    if (status !== 201) throw new Error(`an upload was answered with ${status} ${body}`)
    return { id: String(JSON.parse(body.toString()).id), number }
  }
  const still: Uploaded[] = []
  for (let number = 1; number <= stills; number++)
    still.push(await uploadOne(number, await drawNumber(number * 2_003, stillSize, 'jpeg')))
  const animated: Uploaded[] = []
  for (let number = firstAnimation; number < firstAnimation + animations; number++)
    animated.push(await uploadOne(number, await drawAnimation(number * 31, frameSize)))

  const still3to4 = (width: number) => ({ width, height: (width * 3) / 4 })
  const resized = async (
    index: number,
    width: number,
    format: Extension,
    quality?: number,
  ): Promise<Target> => {
    const { id, number } = still[index % stills] ?? missing()
    const path = await account.signResized(id, width, format, quality)
    return { path, expected: { number: number * 2_003, ...still3to4(width) } }
  }
  const list = (count: number, make: (index: number) => Promise<Target>) =>
    Promise.all(Array.from({ length: count }, (_, index) => make(index)))
  let [cold, heavy] = [0, 0]
  const images: Images = {
    hot: await list(8, index => resized(index, 240, 'auto')),
    cached: await list(8, index => resized(index + 8, 260, 'jpg')),
    stored: await list(stills * 16, index => resized(index, 100 + 20 * Math.floor(index / stills), 'auto')),
    nextCold: () => {
      const next = cold++
      const [width, quality] = [
        60 + 4 * Math.floor((next / stills) % 90),
        40 + Math.floor(next / stills / 90),
      ]
      return resized(next, width, next % 2 === 0 ? 'jpg' : 'webp', quality)
    },
    nextHeavy: async () => {
      const next = heavy++
      const { id, number } = animated[next % animations] ?? missing()
      const [width, quality] = [
        40 + 4 * (Math.floor(next / animations) % 30),
        50 + Math.floor(next / animations / 30),
      ]
      const path = await account.signResized(id, width, 'webp', quality)
      return { path, expected: { number: number * 31 } }
    },
  }
  for (const { path } of [...images.hot, ...images.stored]) await requireImage(client, path, uncached)
  for (const { path } of images.cached) await requireImage(client, path, {})
  return images
}

async function requireImage(client: Client, path: string, headers: Readonly<Record<string, string>>) {
  const { status, body } = await client.send(path, { headers })
  if (status !== 200) throw new Error(`${path}: answered ${status} ${body}`)
}

function missing(): never {
  throw new Error('there is no such image')
}
