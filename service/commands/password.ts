import { createInterface } from 'node:readline'
import { type Readable, Writable } from 'node:stream'
import { requireValidPassword } from '../auth/passwords.ts'
import { generatePassword } from './accounts.ts'

/** The password for an account. */
export interface ChosenPassword {
  readonly password: string
  /** Whether it was generated, so that it has to be shown once. */
  readonly isGenerated: boolean
}

/**
 * Reads the password from standard input if asked to, prompts for it on a terminal, and generates one otherwise. It is
 * never an argument: every user of the machine can list the arguments of processes.
 * @throws DarkroomError `bad-request` when it is too short or long
 */
export async function choosePassword(fromInput: boolean | undefined): Promise<ChosenPassword> {
  if (fromInput) return { password: await readPasswordLine(process.stdin), isGenerated: false }
  if (process.stdin.isTTY && process.stderr.isTTY)
    return { password: await askNewPassword(), isGenerated: false }
  return { password: generatePassword(), isGenerated: true }
}

/**
 * Reads a password from the first line of a stream.
 * @throws DarkroomError `bad-request` when it is too short or long
 */
async function readPasswordLine(input: Readable): Promise<string> {
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
async function askNewPassword(): Promise<string> {
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
