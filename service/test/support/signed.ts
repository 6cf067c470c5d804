import type { Bench } from './build.ts'

/** Uploads a picture, and signs URLs of its derivatives: what follows its id in their paths. */
export async function signed(bench: Bench, file: Buffer, ...operations: string[]): Promise<string[]> {
  const image = await bench.upload(file)
  return Promise.all(operations.map(rest => bench.sign(`/processed/${bench.userId}/${image.id}${rest}`)))
}
