/** A JPEG with a comment after its start marker, so that each upload is a new file. */
export function withComment(jpeg: Buffer, words: string): Blob {
  const text = Buffer.from(words)
  const length = text.length + 2
  const comment = Buffer.from([0xff, 0xfe, length >> 8, length & 0xff])
  return new Blob([new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), comment, text, jpeg.subarray(2)]))])
}
