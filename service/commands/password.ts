import { createInterface } from 'node:readline'
import { type Readable, Writable } from 'node:stream'
import { requireValidPassword } from '../auth/passwords.ts'

/**
 * Reads a password from the first line of a stream.
 * @throws DarkroomError `bad-request` when it is too short or long
 */
export async function readPasswordLine(input: Readable): Promise<string> {
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })
  try {
    for await (const line of lines) return checked(line)
    return checked('')
  } finally {
    lines.close()
    input.destroy()
  }
}

/** Prompts for a new password twice on the terminal without echoing it. */
export async function askNewPassword(): Promise<string> {
  const password = checked(await ask('Password: '))
  if ((await ask('Password again: ')) !== password) throw new Error('the two passwords differ')
  return password
}

function checked(password: string): string {
  requireValidPassword(password)
  return password
}

function ask(question: string): Promise<string> {
  // readline turns the terminal's echo off; its own echo is discarded
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: process.stdin, output: nowhere, terminal: true, historySize: 0 })
  process.stderr.write(question)
  return new Promise<string>((resolve, reject) => {
    lines.once('line', resolve)
    lines.once('close', () => reject(new Error('no password was entered')))
  }).finally(() => {
    lines.close()
    process.stderr.write('\n')
  })
}
