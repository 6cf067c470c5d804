import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '../../../service/errors/catalogue.ts'
import type { Fault } from '../fault.ts'

const run = promisify(execFile)
/** The size of the disk, in bytes. */
const bytes = 16 << 20

const mount = (folder: string) =>
  run('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'tmpfs', folder], { timeout: 10_000 })
const unmount = (folder: string) => run('umount', [folder], { timeout: 10_000 })

export default {
  name: 'full disk',
  summary: 'the disk on which the http processes receive uploads is full',
  async findObstacle() {
    const folder = await mkdtemp(join(tmpdir(), 'darkroom-mount-'))
    try {
      await mount(folder)
      await unmount(folder)
      return undefined
    } catch (error) {
      return `a file system cannot be mounted, which only root may do (${messageOf(error).split('\n')[0]})`
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
  async prepare({ https }) {
    for (const { spool } of https) await mount(spool)
    return async () => {
      for (const { spool } of https) await unmount(spool)
    }
  },
  async begin({ https }) {
    const files = https.map(({ spool }) => join(spool, 'filler'))
    // the write fails where the disk ends
    for (const file of files) await writeFile(file, Buffer.alloc(bytes)).catch(() => {})
    return {
      async end() {
        for (const file of files) await rm(file)
        return undefined
      },
    }
  },
} satisfies Fault
