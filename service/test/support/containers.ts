import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parse } from 'yaml'

/** The root folder of the repository. */
export const root = fileURLToPath(new URL('../../../../', import.meta.url))
export const read = (path: string) => readFile(join(root, path), 'utf8')

/** The fields of a service in `compose.yaml` that the tests read. */
export interface ComposeService {
  readonly image: string
  readonly build?: string
  readonly command: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly ports?: readonly string[]
  readonly profiles?: readonly string[]
  readonly volumes?: readonly string[]
  readonly networks: readonly string[]
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>
  readonly healthcheck?: { readonly test: readonly string[] }
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>
  readonly networks: Readonly<Record<string, { readonly internal?: boolean } | null>>
  readonly volumes: Readonly<Record<string, null>>
}

/** `compose.yaml`, with its merge keys resolved as Compose does. */
export async function readCompose(): Promise<Compose> {
  return parse(await read('compose.yaml'), { merge: true })
}

const variable = /\$\{(\w+)(?::([?-])([^}]*))?\}/g

/** The environment variables that a text refers to: their names, whether they are required, and their defaults. */
export function variablesOf(text: string): { name: string; required: boolean; fallback: string }[] {
  return [...text.matchAll(variable)].map(([, name = '', kind, rest = '']) => ({
    name,
    required: kind === '?',
    fallback: kind === '-' ? rest : '',
  }))
}

/** Replaces the variables in a value. */
export function filled(value: string, variables: Readonly<Record<string, string>>): string {
  return value.replace(variable, (_, name: string) => variables[name] ?? '')
}

/** The environment of a service with the variables of `.env`. */
export function environmentOf(
  service: ComposeService | undefined,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const pairs = Object.entries(service?.environment ?? {})
  return Object.fromEntries(pairs.map(([name, value]) => [name, filled(value, variables)]))
}

/** One instruction of the `Dockerfile`: for `COPY a b`, the rest is `a b`. */
export interface Instruction {
  readonly name: string
  readonly rest: string
}

export async function readDockerfile(): Promise<Instruction[]> {
  const lines = (await read('Dockerfile')).replaceAll('\\\n', ' ').split('\n')
  return lines
    .filter(line => /^[A-Z]+ /.test(line))
    .map(line => ({ name: line.split(' ', 1)[0] ?? '', rest: line.slice(line.indexOf(' ') + 1) }))
}

/** The JSON array of the last instruction with this name: `["a"]` for `CMD ["a"]`. @throws when there is none */
export function jsonOf(instructions: readonly Instruction[], name: string): string[] {
  const rest = instructions.findLast(instruction => instruction.name === name)?.rest ?? ''
  return JSON.parse(rest.slice(rest.indexOf('[')))
}

/** The environment variables that the image sets. */
export function imageEnvironment(instructions: readonly Instruction[]): Record<string, string> {
  const pairs = instructions.filter(({ name }) => name === 'ENV').map(({ rest }) => rest.split('=', 2))
  return Object.fromEntries(pairs)
}
