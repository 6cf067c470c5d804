import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parentPort } from 'node:worker_threads'
import type { FileWrite } from './file-writer.ts'

// Imports no other module: in the bundle, the thread would load the service with it.

/** Writes a file and moves it to its place; false if anything fails. */
function write({ temporary, target, data }: FileWrite): boolean {
  try {
    writeFileSync(temporary, data, { flag: 'wx' })
    move(temporary, target)
    return true
  } catch {
    try {
      rmSync(temporary, { force: true })
    } catch {
      // removed at the next start, see `temporary-files.ts`
    }
    return false
  }
}

/** Creates the folder only after the move failed without it, which is rare. */
function move(temporary: string, target: string): void {
  try {
    renameSync(temporary, target)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    mkdirSync(dirname(target), { recursive: true })
    renameSync(temporary, target)
  }
}

parentPort?.on('message', (writes: readonly FileWrite[]) => {
  parentPort?.postMessage(writes.map(write))
})
