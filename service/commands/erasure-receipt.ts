import { createHash } from 'node:crypto'
import { open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import Type from 'typebox'
import Value from 'typebox/value'
import { DarkroomError } from '../errors/catalogue.ts'
import { type UserData, userDataKinds } from '../metadata/user-data.ts'

const count = Type.Integer({ minimum: 0 })

/** The receipt of an erasure. It names no person: the user only by their random id. */
export const ErasureReceipt = Type.Object({
  user: Type.String(),
  by: Type.String(),
  begunAt: Type.String(),
  /** Null while the erasure goes on. */
  finishedAt: Type.Union([Type.String(), Type.Null()]),
  /** The number of rows by kind, before the erasure. */
  removed: Type.Record(Type.String(), count),
  originalBytes: count,
  /** SHA-256 of one line per image, in the order of ids: id, tab, SHA-256 of the original. */
  listOfImages: Type.Object({ sha256: Type.String(), lines: count }),
  cdn: Type.Object({ tag: Type.String(), configured: Type.Boolean(), purged: Type.Boolean() }),
  kept: Type.Array(Type.Object({ what: Type.String(), rows: count, why: Type.String() })),
  notes: Type.Array(Type.String()),
})
export type ErasureReceipt = Type.Static<typeof ErasureReceipt>

const notes = [
  'Backups that were made before this erasure still have the data. Erase the user again after one of them is restored.',
]

/** Kinds of rows that are kept, or counted elsewhere. */
const keptKinds = ['usage', 'audit']

/** Counts what an erasure will remove. */
export async function draftReceipt(
  { owner, at, rows }: UserData,
  { by, tag, hasCdn }: { readonly by: string; readonly tag: string; readonly hasCdn: boolean },
): Promise<ErasureReceipt> {
  const removed: Record<string, number> = {}
  const list = createHash('sha256')
  let originalBytes = 0
  for (const kind of userDataKinds.filter(name => !keptKinds.includes(name))) {
    removed[kind] = 0
    for await (const page of rows(kind)) {
      removed[kind] += page.length
      if (kind !== 'images') continue
      for (const { id, sha256, bytes } of page) {
        list.update(`${id}\t${sha256}\n`)
        originalBytes += Number(bytes)
      }
    }
  }
  return {
    ...{ user: owner.id, by, begunAt: at.toISOString(), finishedAt: null, removed, originalBytes },
    listOfImages: { sha256: list.digest('hex'), lines: removed.images ?? 0 },
    cdn: { tag, configured: hasCdn, purged: false },
    ...{ kept: [], notes },
  }
}

/** Reads the receipt of an erasure that was broken off; undefined when there is none. @throws DarkroomError `conflict` */
export async function readReceipt(path: string): Promise<ErasureReceipt | undefined> {
  const text = await readFile(path, 'utf8').catch(error => {
    if (error.code !== 'ENOENT') throw error
  })
  if (text === undefined) return undefined
  const receipt = parse(text)
  if (Value.Check(ErasureReceipt, receipt) && receipt.finishedAt === null) return receipt
  throw new DarkroomError('conflict', '--receipt: the file exists, expected the path of a new one')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Writes a receipt, so that a power cut leaves the earlier or the new one. Only its owner can read it. */
export async function writeReceipt(path: string, receipt: ErasureReceipt): Promise<void> {
  const draft = `${path}.new`
  const file = await open(draft, 'w', 0o600)
  try {
    await file.writeFile(`${JSON.stringify(receipt, null, 2)}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  const folder = await open(dirname(path), 'r')
  await folder.sync().finally(() => folder.close())
}
