import { contentTypeOf, isKnownExtension } from '../plan/formats.ts'

/** Other spellings of extensions, in which people write file names. */
const spellings: Readonly<Record<string, string>> = { jpeg: 'jpg', jpe: 'jpg', tif: 'tiff', heif: 'heic' }

/**
 * The name under which a browser saves an image. Its extension fits the format that is delivered, which `auto` and a
 * shared policy decide per client: an extension of another format is replaced, and a missing one is added.
 */
export function downloadFileName(name: string, format: string): string {
  const [, stem = '', extension = ''] = /^(.*)\.([^.]*)$/s.exec(name) ?? []
  const lower = extension.toLowerCase()
  const written = spellings[lower] ?? lower
  if (contentTypeOf(written) === contentTypeOf(format)) return name
  return `${stem !== '' && isKnownExtension(written) ? stem : name}.${format}`
}
