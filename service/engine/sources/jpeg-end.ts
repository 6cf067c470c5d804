const isJpeg = (file: Buffer) => file[0] === 0xff && file[1] === 0xd8

export const endMarker = Buffer.from('ffd9', 'hex')

/**
 * Appends an end marker to a JPEG that lacks it. With the marker, libjpeg decodes the existing part of a truncated file
 * and fills the rest with grey, as browsers do. Returns other files unchanged.
 */
export function withEndMarker(file: Buffer): Buffer {
  return isJpeg(file) && !file.subarray(-2).equals(endMarker) ? Buffer.concat([file, endMarker]) : file
}
