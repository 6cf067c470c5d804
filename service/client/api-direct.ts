import type { Call, CallOptions, Put } from './api-call.ts'
import type { ReceivedImage, UploadLabels } from './api-types.ts'

/** Where a file is to be put. */
interface Announced {
  readonly id: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Announces a file, puts it where it is told, and has it made an image; what fails is given up there, too. To be hashed, the
 * file is read into memory.
 */
export async function uploadDirect(
  call: Call,
  put: Put,
  file: Blob,
  { name, ...labels }: UploadLabels = {},
  options: CallOptions = {},
): Promise<ReceivedImage> {
  const sha256 = await sha256Of(file)
  options.signal?.throwIfAborted()
  const fileName = name ?? nameOf(file)
  const body = { bytes: file.size, sha256, ...labels, ...(fileName !== undefined && { fileName }) }
  const { id, url, headers } = await call<Announced>('POST', ['images', 'direct'], { ...options, body })
  try {
    await put(url, headers, file, options)
    return await call<ReceivedImage>('POST', ['images', 'direct', id, 'complete'], { ...options, slow: true })
  } catch (error) {
    // else it would take room for an hour
    await call('DELETE', ['images', 'direct', id]).catch(() => {})
    throw error
  }
}

/** In hex. */
async function sha256Of(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}

/** A `File` has one. */
function nameOf(file: Blob): string | undefined {
  return 'name' in file && typeof file.name === 'string' ? file.name : undefined
}
