import { execFile } from 'node:child_process'
import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const runFile = promisify(execFile)

/** Version 0.1.0, which has no tag, and cannot be started once a newer version has migrated the database. */
export const first = '23dee0c1d0da8afa6d7a29b069b7b95272c38e4d'
/** Where the program is in a build; the second place is that of 0.1.0. */
const programs = ['dist/program/darkroom.cjs', 'dist/service/darkroom.cjs']
/** How long a step may take, in milliseconds. */
const stepMs = 600_000

/** The newest tag of a version, or version 0.1.0. */
export async function findPreviousRelease(): Promise<string> {
  const tags = await runFile('git', ['tag', '--list', 'v*', '--sort=-version:refname'])
  return tags.stdout.split('\n')[0] || first
}

/**
 * Builds a release in an empty folder as its users do, with its own packages from the npm registry.
 * @returns the path of its program
 * @throws when the history does not have it (a shallow clone), or when it cannot be built
 */
export async function buildRelease(commit: string, folder: string): Promise<string> {
  const archive = join(folder, 'release.tar')
  await runFile('git', ['archive', '--output', archive, commit])
  const options = { cwd: folder, timeout: stepMs, maxBuffer: 2 ** 26 }
  await runFile('tar', ['-xf', archive], options)
  await runFile('npm', ['ci', '--no-audit', '--no-fund'], options)
  await runFile('npm', ['run', 'build'], options)
  for (const program of programs) {
    const path = join(folder, program)
    if (
      await access(path).then(
        () => true,
        () => false,
      )
    )
      return path
  }
  throw new Error(`the build of ${commit} has no program`)
}
