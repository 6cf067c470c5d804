import { setTimeout } from 'node:timers/promises'
import sharp from 'sharp'
import { type Account, callJson, openSession, type Session } from './session.ts'

/** An image of one colour, which its derivatives must show. */
interface Plain {
  readonly id: string
  readonly colour: readonly number[]
}

/** How long a deletion may be unnoticed by the other process, in milliseconds: a second is promised. */
const noticeMs = 3_000
/** How much a channel of a lossy derivative may differ. */
const tolerance = 6
const clients = 3

/** Uploads, renders, edits, lists and deletions of one user, sent to any of the processes that serve at the time. */
export class UpgradeLoad {
  readonly failures: string[] = []
  readonly kept = new Map<string, Plain>()
  readonly deleted = new Set<string>()
  requests = 0
  longestMs = 0
  #turn = 0
  #sessions: readonly Session[] = []
  #isEnded = false
  readonly #account: Account
  readonly #working: Promise<unknown>

  /** Starts at once; the processes are set with `serveBy`. */
  constructor(account: Account) {
    this.#account = account
    this.#working = Promise.all(Array.from({ length: clients }, () => this.#work()))
  }

  /** Sends all further requests to these processes, and waits for those that were sent before. */
  async serveBy(...urls: readonly string[]): Promise<void> {
    this.#sessions = await Promise.all(urls.map(url => openSession(url, this.#account)))
    const turn = this.#turn + clients
    while (this.#turn < turn && !this.#isEnded) await setTimeout(20)
  }

  /** The figures since the last call. */
  take(): { requests: number; longestMs: number; failures: string[] } {
    const figures = {
      requests: this.requests,
      longestMs: Math.round(this.longestMs),
      failures: this.failures.splice(0),
    }
    this.requests = 0
    this.longestMs = 0
    return figures
  }

  async end(): Promise<void> {
    this.#isEnded = true
    await this.#working
  }

  /** Checks each image and each deletion at every process. @returns what is wrong */
  async check(): Promise<string[]> {
    const faults: string[] = []
    for (const session of this.#sessions) {
      for (const image of this.kept.values()) await this.#expectImage(session, image, 20, faults)
      for (const id of this.deleted) {
        const { status } = await session.get(`/api/v1/images/${id}`)
        if (status !== 404) faults.push(`${session.url}: the deleted image ${id} is answered with ${status}`)
      }
    }
    return faults
  }

  async #work(): Promise<void> {
    while (!this.#isEnded) {
      const sessions = this.#sessions
      if (sessions.length === 0) await setTimeout(20)
      else await this.#turnAt(sessions, this.#turn).catch(error => this.failures.push(String(error)))
      if (sessions.length > 0) this.#turn++
    }
  }

  /** One turn of a client: an upload at one process, and its derivative at the other. */
  async #turnAt(sessions: readonly Session[], turn: number): Promise<void> {
    const first = sessions[turn % sessions.length]!
    const second = sessions[(turn + 1) % sessions.length]!
    const colour = [turn * 37, turn * 101, turn * 193].map(value => value % 256)
    const [r = 0, g = 0, b = 0] = colour
    const file = await sharp({ create: { width: 64, height: 48, channels: 3, background: { r, g, b } } })
      .png()
      .toBuffer()
    const { id } = await this.#timed(() => first.upload(file, { title: `turn ${turn}`, tags: 'upgrade' }))
    const image = { id, colour }
    this.kept.set(id, image)
    await this.#timed(() => this.#expectImage(second, image, 16 + (turn % 8), this.failures))
    await this.#expectStatus(second, 'PATCH', `/api/v1/images/${id}`, 200, {
      title: 'edited',
      tags: ['edited'],
    })
    await this.#expectStatus(first, 'GET', '/api/v1/images?tag=edited&limit=20', 200)
    const old = turn % 4 === 0 ? [...this.kept.values()].at(-10) : undefined
    if (old) await this.#delete(first, second, old.id)
  }

  async #delete(first: Session, second: Session, id: string): Promise<void> {
    this.kept.delete(id)
    await this.#expectStatus(first, 'DELETE', `/api/v1/images/${id}?purge=true`, 204)
    this.deleted.add(id)
    for (const from = performance.now(); performance.now() - from < noticeMs; await setTimeout(100))
      if ((await second.get(`/api/v1/images/${id}`)).status === 404) return
    this.failures.push(`${second.url}: the image ${id} is still there after its deletion`)
  }

  /** Renders a derivative of an image, whose size and colour must be right. */
  async #expectImage(
    session: Session,
    { id, colour }: Plain,
    width: number,
    faults: string[],
  ): Promise<void> {
    const url = await session.sign({ imageId: id, operations: [{ op: 'resize', w: width }], format: 'webp' })
    const at = new URL(url)
    const response = await session.get(session.url + at.pathname + at.search)
    const body = Buffer.from(await response.arrayBuffer())
    if (response.status !== 200) return void faults.push(`${url}: ${response.status} ${body.toString()}`)
    const { data, info } = await sharp(body).removeAlpha().raw().toBuffer({ resolveWithObject: true })
    const isRight = colour.every((value, channel) => Math.abs(value - (data[channel] ?? -99)) <= tolerance)
    if (info.width !== width || !isRight) faults.push(`${url}: the derivative shows another image`)
  }

  async #expectStatus(session: Session, method: string, path: string, status: number, body?: object) {
    const send = () => (body ? callJson(session, method, path, body) : session.get(path, { method }))
    const response = await this.#timed(send)
    const text = await response.text()
    if (response.status !== status)
      this.failures.push(`${method} ${session.url}${path}: ${response.status} ${text}`)
  }

  async #timed<T>(request: () => Promise<T>): Promise<T> {
    const from = performance.now()
    try {
      return await request()
    } finally {
      this.requests++
      this.longestMs = Math.max(this.longestMs, performance.now() - from)
    }
  }
}
