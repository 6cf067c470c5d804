import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Block } from '../support/markdown.ts'

type Variables = Readonly<Record<string, string>>

/** The result of running a block. */
export interface Ran {
  readonly printed: string
  /** Why it failed; undefined when it did not. */
  readonly error: string | undefined
}

/** How long a block may take, in milliseconds. */
const blockMs = 60_000
const host = fileURLToPath(new URL('./module-host.js', import.meta.url))

/** Runs the blocks of one page in their order: shell variables and JavaScript variables last to its end. */
export class PageRunner {
  readonly #folder: string
  #variables: Variables
  #host: ChildProcess | undefined
  #modules: { readonly file: string; readonly names: readonly string[] }[] = []

  /** @param folder where the page's files lie: inside the package, so that `darkroom/client` is found */
  constructor(folder: string, variables: Variables) {
    this.#folder = folder
    this.#variables = { ...variables, PWD: folder }
  }

  /** Runs a block. @param expectsFailure whether the page shows an error as its result */
  async run({ language, code }: Block, expectsFailure: boolean): Promise<Ran> {
    if (language !== 'js') return this.#shell(code, expectsFailure)
    const file = fileNameOf(code)
    if (file === undefined) return this.#module(code)
    await writeFile(join(this.#folder, file), code)
    return { printed: '', error: undefined }
  }

  stop(): void {
    this.#host?.kill()
  }

  async #shell(code: string, expectsFailure: boolean): Promise<Ran> {
    const state = join(this.#folder, '.state')
    const script = `set -euo pipefail; set -a\n${code}\nenv -0 > '${state}'`
    const shell = spawn('bash', ['-c', script], {
      cwd: this.#variables.PWD,
      // curl reads its settings from this folder; those in `bin` make it fail when the response is an error
      env: { ...this.#variables, CURL_HOME: expectsFailure ? this.#folder : join(this.#folder, 'bin') },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: blockMs,
    })
    const [[status], printed, complaint] = await Promise.all([
      once(shell, 'close'),
      text(shell.stdout),
      text(shell.stderr),
    ])
    if (status !== 0) return { printed, error: `exit ${status}: ${complaint}${printed.slice(0, 1000)}` }
    const before = this.#variables
    const entries = (await readFile(state, 'utf8')).split('\0').filter(Boolean)
    this.#variables = Object.fromEntries(entries.map(entry => split(entry)))
    // tap adds variables of its own to every child process
    const empty = Object.entries(this.#variables).find(
      ([name, value]) =>
        !name.startsWith('_TAPJS_') && value !== before[name] && (value === '' || value === 'null'),
    )
    return { printed, error: empty && `the variable ${empty[0]} is ${empty[1] || 'empty'}` }
  }

  async #module(code: string): Promise<Ran> {
    const names = namesOf(code)
    const imports = this.#modules.map(module => {
      const kept = module.names.filter(name => !names.includes(name))
      return kept.length > 0 ? `import { ${kept.join(', ')} } from '${module.file}'\n` : ''
    })
    const file = `./block-${this.#modules.length}.mjs`
    await writeFile(join(this.#folder, file), `${imports.join('')}${code}\nexport { ${names.join(', ')} }\n`)
    this.#modules = this.#modules.map(one => ({
      ...one,
      names: one.names.filter(name => !names.includes(name)),
    }))
    this.#modules.push({ file, names })
    return this.#import(pathToFileURL(join(this.#folder, file)).href)
  }

  async #import(url: string): Promise<Ran> {
    this.#host ??= fork(host, { cwd: this.#folder, env: {}, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    let printed = ''
    const listen = (chunk: Buffer) => {
      printed += chunk
    }
    this.#host.stdout?.on('data', listen)
    this.#host.send({ url, environment: this.#variables })
    const [{ error }] = await once(this.#host, 'message', { signal: AbortSignal.timeout(blockMs) })
    // its output comes by another pipe than its message
    await new Promise(resolve => setTimeout(resolve, 20))
    this.#host.stdout?.off('data', listen)
    return { printed, error }
  }
}

const split = (entry: string) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]

/** The name of the file that a block's first line says it is, as in `// page.mjs`. */
export function fileNameOf(code: string): string | undefined {
  return /^\/\/ ([\w-]+\.[cm]?js)\b/.exec(code)?.[1]
}

/** The names that a module declares or imports at its top level. */
function namesOf(code: string): string[] {
  const declared = [...code.matchAll(/^(?:const|let|class|(?:async )?function\*?) +(\w+|\{[^}]*\})/gm)]
  const imported = [...code.matchAll(/^import +(\w+|\{[^}]*\})/gm)]
  const names = [...declared, ...imported].flatMap(([, pattern = '']) =>
    pattern
      .replaceAll(/[{}]/g, '')
      .split(',')
      .map(
        part =>
          part
            .split(/:| as /)
            .at(-1)
            ?.trim() ?? '',
      )
      .filter(Boolean),
  )
  return [...new Set(names)]
}
