import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../support/containers.ts'

/** A page of the documentation. */
export interface Page {
  /** Its path from the root of the repository. */
  readonly path: string
  readonly text: string
}

/** Every Markdown page for people: those of `docs/`, and those in the root of the repository. */
export async function readPages(): Promise<Page[]> {
  const folders = await Promise.all(['', 'docs'].map(async folder => namesIn(folder)))
  const paths = folders.flat().sort()
  return Promise.all(paths.map(async path => ({ path, text: await readFile(join(root, path), 'utf8') })))
}

async function namesIn(folder: string): Promise<string[]> {
  const names = await readdir(join(root, folder))
  return names.filter(name => name.endsWith('.md')).map(name => join(folder, name))
}
