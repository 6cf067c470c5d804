import { createHash } from 'node:crypto'
import { type PictureSize, readNumber } from './numbered-picture.ts'
import type { Reply } from './request.ts'

/** What a derivative must show, and its size if that is known. */
export interface Expected extends Partial<PictureSize> {
  readonly number: number
}

/** Statuses that would say something wrong about an image that exists, and whose URL is right. */
const wrongStatuses = [304, 400, 401, 403, 404, 410, 415, 422]

export const sha256Of = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

/** Checks that each answer is a whole picture of the right image. Files with known hashes are not decoded again. */
export class AnswerCheck {
  /** What was wrong, in the order of the answers. */
  readonly mistakes: string[] = []
  readonly #known = new Map<string, Set<string>>()
  readonly #hashes = new Map<string, string>()

  /** Checks the answer to a URL. */
  async check(url: string, reply: Reply, expected: Expected): Promise<void> {
    const path = url.split('?')[0] ?? ''
    if (wrongStatuses.includes(reply.status)) this.#report(`${path}: answered ${reply.status}`)
    if (reply.status !== 200) return
    const hash = sha256Of(reply.body)
    this.#compareTags(path, reply.etag, hash)
    const known = this.#known.get(path) ?? new Set()
    if (known.has(hash)) return
    const problem = await findProblem(reply.body, expected)
    if (problem === undefined) this.#known.set(path, known.add(hash))
    else this.#report(`${path}: ${problem}`)
  }

  #report(mistake: string): void {
    this.mistakes.push(mistake)
  }

  /** A strong ETag names bytes: the same one must never come with others. */
  #compareTags(path: string, etag: string, hash: string): void {
    if (!etag.startsWith('"')) this.#report(`${path}: has the ETag ${etag || 'none'}`)
    const key = `${path} ${etag}`
    const earlier = this.#hashes.get(key) ?? hash
    this.#hashes.set(key, earlier)
    if (earlier !== hash) this.#report(`${path}: other bytes with the same ETag`)
  }
}

async function findProblem(file: Buffer, { number, width, height }: Expected): Promise<string | undefined> {
  try {
    const found = await readNumber(file)
    if (found.number !== number) return `shows the picture ${found.number} instead of ${number}`
    if (found.width === (width ?? found.width) && found.height === (height ?? found.height)) return undefined
    return `is ${found.width} × ${found.height} instead of ${width} × ${height}`
  } catch (error) {
    return `cannot be decoded: ${error instanceof Error ? error.message : error}`
  }
}
