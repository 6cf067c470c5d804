import { type ChildProcess, spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'
import { memoryBytes, nodeChildrenOf } from '../../../bench/process-usage.ts'
import { newEnvironment } from '../support/build.ts'
import { photo } from '../support/pictures.ts'
import { endOf, heard, start, stop } from '../support/program.ts'
import { callJson, openSession, read, type Session } from '../support/session.ts'
import type { NeighborReport, SlowAnswer } from './neighbor.ts'

/** A service process that is attacked, the session of the attacker, and what is observed beside the attack. */
export interface Victim {
  readonly session: Session
  /** The attacker's own signing key: any of their URLs can have a valid signature. */
  readonly key: { readonly id: string; readonly secret: Buffer }
  /** Ends the attack. @returns what was observed */
  finish(): Promise<Observations>
}

/** What was observed during an attack. */
export interface Observations {
  readonly neighbor: NeighborReport
  readonly slow: readonly SlowAnswer[]
  /** Highest memory of the service process, and with its child processes, in bytes. */
  readonly peakBytes: number
  readonly peakTreeBytes: number
  /** Lines that the service logged as errors. */
  readonly errors: readonly string[]
  /** Whether the process of the service still ran at the end. */
  readonly isAlive: boolean
}

const sampleMs = 250

/** Starts a service with two users, and a process that requests an image of the second one all the time. */
export async function startVictim(t: Test): Promise<Victim> {
  const account = { email: 'admin@example.com', password: 'a password of the admin' }
  const environment = await newEnvironment(t, {
    ...{ DARKROOM_ADMIN_EMAIL: account.email, DARKROOM_ADMIN_PASSWORD: account.password },
    LOG_LEVEL: 'error',
  })
  const child = start(['serve'], environment)
  t.teardown(() => stop(child))
  const ended = endOf(child)
  await heard(child.stdout, 'Next: sign in')
  const url = `http://127.0.0.1:${environment.PORT}`
  const admin = await openSession(url, account)
  const attacker = { email: 'attacker@example.com', password: 'a password of the attacker' }
  await read(await callJson(admin, 'POST', '/api/v1/users', { ...attacker, role: 'member' }), 201)
  const session = await openSession(url, attacker)
  const created = await callJson(session, 'POST', '/api/v1/signing-keys', {})
  const { id, secret } = await read<{ id: string; secret: string }>(created, 201)
  const image = await admin.upload(await photo(200, 150).jpeg().toBuffer())
  const hit = await admin.sign({ imageId: image.id, operations: [{ op: 'resize', w: 100 }], format: 'webp' })
  await (await fetch(hit)).arrayBuffer()
  const pid = child.pid ?? 0
  const neighbor = spawn(
    process.execPath,
    [fileURLToPath(new URL('neighbor.js', import.meta.url)), hit, String(pid)],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  t.teardown(() => stop(neighbor))
  const printed = text(neighbor.stdout)
  const memory = watchMemory(pid)
  return {
    session,
    key: { id, secret: Buffer.from(secret, 'base64url') },
    async finish() {
      neighbor.stdin.end()
      const lines = (await printed)
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
      const peaks = memory.stop()
      const isAlive = isRunning(child)
      child.kill('SIGKILL')
      const { stdout, stderr } = await ended
      const errors = `${stdout}\n${stderr}`
        .split('\n')
        .filter(line => /"level":(50|60|"error"|"fatal")/.test(line))
      return { neighbor: lines.at(-1), slow: lines.slice(0, -1), ...peaks, errors, isAlive }
    },
  }
}

const isRunning = (child: ChildProcess) => child.exitCode === null && child.signalCode === null

function watchMemory(pid: number) {
  const peaks = { peakBytes: 0, peakTreeBytes: 0 }
  const timer = setInterval(() => {
    const own = memoryBytes(pid)
    peaks.peakBytes = Math.max(peaks.peakBytes, own)
    peaks.peakTreeBytes = Math.max(
      peaks.peakTreeBytes,
      nodeChildrenOf(pid)
        .map(memoryBytes)
        .reduce((a, b) => a + b, own),
    )
  }, sampleMs)
  return {
    stop: () => {
      clearInterval(timer)
      return peaks
    },
  }
}
