import { forEach } from '../../requests.ts'
import { sha256Of } from '../load/answer-check.ts'
import type { Load } from '../load/kinds.ts'
import type { Upload } from '../load/ledger.ts'
import { Client, type Reply } from '../load/request.ts'

/** How many earlier uploads are read again after a fault. All are read after the last one. */
const sampleSize = 60
const concurrency = 8

/**
 * Reads acknowledged uploads and compares their bytes, and asks for deleted images, which must not be served. The service
 * is asked without nginx, whose cache may keep them. Problems are added to the ledger's losses.
 * @param since reads all uploads and deletions that were answered after this time, and a sample of earlier ones
 */
export async function checkUploads({ ledger, account, system }: Load, since: number): Promise<void> {
  const clients = system.https.map(({ port }) => new Client(port))
  const read = async ({ id, extension }: Upload, turn: number): Promise<Reply | undefined> =>
    clients[turn % clients.length]?.send(await account.signOriginal(id, extension))
  const later = (all: Iterable<Upload>) => chooseUploads([...all], since).entries()
  await forEach([...later(ledger.kept.values())], concurrency, async ([turn, upload]) => {
    const reply = await read(upload, turn)
    if (reply?.status === 200 && sha256Of(reply.body) === upload.sha256) return
    const found = reply?.status === 200 ? 'has other bytes' : `is answered with ${reply?.status}`
    ledger.losses.push(`${upload.id}: the acknowledged upload ${found}`)
  })
  await forEach([...later(ledger.deleted.values())], concurrency, async ([turn, upload]) => {
    const reply = await read(upload, turn)
    if (reply?.status === 404 || reply?.status === 410) return
    ledger.losses.push(
      `${upload.id}: the deletion was acknowledged, and the image is answered with ${reply?.status}`,
    )
  })
  for (const client of clients) client.close()
}

function chooseUploads(all: readonly Upload[], since: number): Upload[] {
  const earlier = all.filter(({ at }) => at <= since)
  const step = Math.max(1, Math.ceil(earlier.length / sampleSize))
  return [...all.filter(({ at }) => at > since), ...earlier.filter((_, index) => index % step === 0)]
}
