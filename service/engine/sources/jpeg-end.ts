const isJpeg = (file: Buffer) => file[0] === 0xff && file[1] === 0xd8

export const endMarker = Buffer.from('ffd9', 'hex')

/**
 * A JPEG with an end marker as its last bytes. libjpeg then shows what is there of a file that was cut off, as browsers do,
 * and fills the rest with grey. Other files stay as they are.
 */
export function withEndMarker(file: Buffer): Buffer {
  return isJpeg(file) && !file.subarray(-2).equals(endMarker) ? Buffer.concat([file, endMarker]) : file
}
