import type { ChildProcess } from 'node:child_process'
import { openAsBlob } from 'node:fs'
import { basename } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from './free-port.ts'
import type { LoadedServer } from './load.ts'
import type { Processes } from './processes.ts'
import { forEach } from './requests.ts'

const program = fileURLToPath(new URL('../service/darkroom.cjs', import.meta.url))
const administrator = { email: 'bench@darkroom.local', password: 'a password for the length of a bench' }
/** Timeouts for the service to start and for a call of its API, in milliseconds. */
const startMs = 60_000
const answerMs = 60_000
const uploadMs = 120_000

/** A derivative to request: an image resized to a width. */
export interface Job {
  /** Index of the image in the order of the uploads. */
  readonly picture: number
  /** Width in pixels. */
  readonly width: number
}

export interface ServiceOptions {
  readonly dataDirectory: string
  /** Environment variables in addition to the default ones. */
  readonly environment?: Record<string, string>
  /** Folder for a CPU profile of the process. */
  readonly profileDirectory?: string | undefined
}

/** How an upload was answered, with the code of the problem. The status is 0 when the client disconnected before. */
export interface UploadAnswer {
  readonly status: number
  readonly code: string
}

/** The real service in its own process, with the part of its API that the scenarios need. */
export class Service implements LoadedServer {
  readonly origin: string
  readonly #processes: Processes
  readonly #child: ChildProcess
  #token = ''
  /** The method and path of each call of the API, shared by the sessions of `withToken`. */
  #calls = new Set<string>()

  private constructor(processes: Processes, child: ChildProcess, origin: string) {
    this.#processes = processes
    this.#child = child
    this.origin = origin
  }

  static async start(processes: Processes, options: ServiceOptions): Promise<Service> {
    const service = await Service.#launch(processes, options, 'PORT')
    await service.#login(administrator)
    return service
  }

  /** Creates a user and returns a session of that user with the same process. */
  async join(email: string): Promise<Service> {
    const account = { email, password: administrator.password }
    const session = new Service(this.#processes, this.#child, this.origin)
    session.#token = text(await session.#post('auth/login', administrator), 'accessToken')
    await session.#post('users', account)
    const joined = new Service(this.#processes, this.#child, this.origin)
    await joined.#login(account)
    return joined
  }

  /** A session with the same process and the key of an earlier process. */
  withToken(token: string): Service {
    const session = new Service(this.#processes, this.#child, this.origin)
    session.#token = token
    session.#calls = this.#calls
    return session
  }

  /** Such as `GET /api/v1/images/abc`. */
  get calls(): ReadonlySet<string> {
    return this.#calls
  }

  /** Starts a process that runs jobs and serves no requests; its options name the queue. */
  static startWorker(processes: Processes, { environment, ...options }: ServiceOptions): Promise<Service> {
    const asWorker = { ...options, environment: { ...environment, DARKROOM_ROLE: 'worker' } }
    return Service.#launch(processes, asWorker, 'DARKROOM_METRICS_PORT')
  }

  /** @param variable the environment variable of the port that reports readiness */
  static async #launch(processes: Processes, options: ServiceOptions, variable: string): Promise<Service> {
    const port = await freePort()
    const { dataDirectory, environment, profileDirectory } = options
    const profiling = profileDirectory ? ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`] : []
    const variables = {
      HOST: '127.0.0.1',
      DARKROOM_METRICS_PORT: '0',
      DARKROOM_DATA_DIR: dataDirectory,
      DARKROOM_ADMIN_EMAIL: administrator.email,
      DARKROOM_ADMIN_PASSWORD: administrator.password,
      LOG_LEVEL: 'warn',
      ...environment,
      [variable]: String(port),
    }
    const child = processes.start([...profiling, program, 'serve'], variables, false)
    const service = new Service(processes, child, `http://127.0.0.1:${port}`)
    await service.#untilReady()
    return service
  }

  /** The API key of the session. */
  get token(): string {
    return this.#token
  }

  /** Calls the API and returns any response. */
  call(method: string, path: string, body?: FormData | object): Promise<Response> {
    const isForm = body instanceof FormData
    this.#calls.add(`${method} /api/v1/${path.split('?')[0]}`)
    return fetch(`${this.origin}/api/v1/${path}`, {
      method,
      headers: {
        ...(this.#token && { authorization: `Bearer ${this.#token}` }),
        ...(body !== undefined && !isForm && { 'content-type': 'application/json' }),
      },
      body: isForm ? body : body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(answerMs),
    })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  /** The header that authenticates a request as the user of this session. */
  get authorization(): string {
    return `Bearer ${this.#token}`
  }

  /** Stops the process, which writes all rendered derivatives to the store first. */
  stop(): Promise<void> {
    return this.#processes.stop(this.#child)
  }

  /** Uploads files as new images, without any derivatives. @returns their ids */
  upload(paths: readonly string[]): Promise<string[]> {
    return forEach(paths, 1, async path => this.uploadOne(await openAsBlob(path), basename(path)))
  }

  async uploadOne(file: Blob, name: string): Promise<string> {
    const form = new FormData()
    form.set('file', file, name)
    return text(await this.#post('images', form), 'id')
  }

  /** Uploads a file that may be refused. @param leaveMs when the client disconnects, in milliseconds */
  async tryUpload(file: Blob, leaveMs = uploadMs): Promise<UploadAnswer> {
    const body = new FormData()
    body.set('file', file, 'file')
    const headers = { authorization: this.authorization }
    const signal = AbortSignal.timeout(leaveMs)
    try {
      const response = await fetch(`${this.origin}/api/v1/images`, { method: 'POST', headers, body, signal })
      const { code = '' } = (await response.json()) as { code?: string }
      return { status: response.status, code }
    } catch (error) {
      if (signal.aborted) return { status: 0, code: 'none' }
      throw error
    }
  }

  /** Signs a path for each job, in the order of the jobs. */
  sign(imageIds: readonly string[], jobs: readonly Job[], format: string): Promise<string[]> {
    return forEach(jobs, 8, async ({ picture, width }) => {
      const operations = [{ op: 'resize', w: width }]
      const request = { imageId: imageIds[picture], operations, format }
      return text(await this.#post('sign', request), 'path')
    })
  }

  /** Signs a path for the facts of each image, many at once. */
  async signInfo(imageIds: readonly string[]): Promise<string[]> {
    const paths: string[] = []
    for (let first = 0; first < imageIds.length; first += 100) {
      const some = imageIds.slice(first, first + 100)
      const body = some.map(imageId => ({ imageId, operations: [{ op: 'info' }], format: 'json' }))
      const signed = await this.#post('sign/batch', body)
      if (Array.isArray(signed)) paths.push(...signed.map(each => text(each, 'path')))
    }
    return paths
  }

  /**
   * Signs a policy for resizing and quality. @returns a function that builds the path of a JPEG derivative
   * @param expiresIn seconds; another time makes another URL of the same derivative
   */
  async signAny(imageId: string, expiresIn?: number): Promise<(width: number, quality: number) => string> {
    await this.#send('PUT', 'policies/any', { operations: ['resize', 'encode'] })
    const request = { imageId, operations: [], format: 'jpg', policy: 'any', expiresIn }
    const [file = '', signature = ''] = text(await this.#post('sign', request), 'path').split('.jpg')
    return (width, quality) => `${file}_resize_w-${width}_encode_q-${quality}.jpg${signature}`
  }

  async #untilReady(): Promise<void> {
    // the output is not used, but a full pipe would block the process
    this.#child.stdout?.resume()
    const deadline = Date.now() + startMs
    while (Date.now() < deadline) {
      if (this.#child.exitCode !== null) throw new Error('the service exited before it was ready')
      const answered = await fetch(`${this.origin}/readyz`).then(
        response => response.ok,
        () => false,
      )
      if (answered) return
      await setTimeout(100)
    }
    throw new Error('the service was not ready in time')
  }

  /** Logs in with retries, as the first account is created shortly after the first response. */
  async #login(account: typeof administrator): Promise<void> {
    for (let left = 100; this.#token === ''; left--) {
      try {
        this.#token = text(await this.#post('auth/login', account), 'accessToken')
      } catch (error) {
        if (left === 0) throw error
        await setTimeout(100)
      }
    }
    // a run can last longer than an access token
    const more = account === administrator ? ['admin'] : []
    const key = { name: 'bench', scopes: ['images:read', 'images:write', 'sign', 'usage', 'keys', ...more] }
    this.#token = text(await this.#post('api-keys', key), 'secret')
  }

  #post(path: string, body: FormData | object): Promise<unknown> {
    return this.#send('POST', path, body)
  }

  async #send(method: string, path: string, body: FormData | object): Promise<unknown> {
    const response = await this.call(method, path, body)
    if (response.ok) return response.json()
    throw new Error(`${path}: answered ${response.status} ${await response.text()}`)
  }
}

function text(answer: unknown, field: string): string {
  const value =
    answer instanceof Object ? Object.entries(answer).find(([name]) => name === field)?.[1] : undefined
  if (typeof value === 'string') return value
  throw new Error(`the service answered without ${field}`)
}
