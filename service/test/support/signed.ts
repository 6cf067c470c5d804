import type { Bench } from './build.ts'

/**
 * Uploads a picture and signs URLs of its derivatives.
 * @param operations the end of each URL's path, after the image's id, such as `_resize_w-50.jpg`
 */
export async function signed(bench: Bench, file: Buffer, ...operations: string[]): Promise<string[]> {
  const image = await bench.upload(file)
  return Promise.all(operations.map(rest => bench.sign(`/processed/${bench.userId}/${image.id}${rest}`)))
}
