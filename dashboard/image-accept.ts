/**
 * A picture of one pixel in each format that not every browser shows. A browser names a format in the `Accept` header of
 * its image requests if it can decode it.
 */
const samples = {
  'image/jxl': '/woAELASCAgQADAASxiLFcJJQR6AEPQH',
  'image/avif':
    'AAAAHGZ0eXBhdmlmAAAAAG1pZjFhdmlmbWlhZgAAANZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAAA+gABAAAAAAAAABwAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABhdjAxAAAAAA5waXRtAAAAAAABAAAAVmlwcnAAAAA4aXBjbwAAAAxhdjFDgSACAAAAABRpc3BlAAAAAAAAAAEAAAABAAAAEHBpeGkAAAAAAwgICAAAABZpcG1hAAAAAAAAAAEAAQOBAgMAAAAkbWRhdBIACgc4AAaQENBpMg8f8mKE7///8WfgAJA1jZA=',
  'image/webp': 'UklGRh4AAABXRUJQVlA4TBEAAAAvAAAAAAdQxCIWsf+BiOh/AAA=',
} as const

let detected: Promise<string> | undefined

/**
 * The `Accept` header that gives `fetch` the same image as `<img>`, by which the service chooses the format of `auto`.
 * Scripts cannot read the browser's own header.
 */
export function imageAccept(): Promise<string> {
  detected ??= detect()
  return detected
}

async function detect(): Promise<string> {
  const types = await Promise.all(
    Object.entries(samples).map(async ([type, data]) =>
      (await canDecode(`data:${type};base64,${data}`)) ? [type] : [],
    ),
  )
  return [...types.flat(), 'image/*', '*/*;q=0.8'].join(',')
}

async function canDecode(src: string): Promise<boolean> {
  const image = new Image()
  image.src = src
  return image.decode().then(
    () => true,
    () => false,
  )
}
