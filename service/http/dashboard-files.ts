import { fileURLToPath } from 'node:url'
import { readStaticFiles, type StaticFile } from './static-files.ts'

const built = fileURLToPath(new URL('../../dashboard/', import.meta.url))
let files: Promise<StaticFile[]> | undefined

/** The files of the built dashboard, read once. Empty when it is not built. */
export function readDashboardFiles(): Promise<StaticFile[]> {
  files ??= readStaticFiles(built)
  return files
}

/** The document of every page of the dashboard. Undefined when it is not built. */
export async function findDashboardPage(): Promise<StaticFile | undefined> {
  return (await readDashboardFiles()).find(({ name }) => name === 'index.html')
}
