import type { Call, CallOptions, Put } from './api-call.ts'
import type { ReceivedImage, UploadLabels } from './api-types.ts'

/** The target of a direct upload. */
interface UploadTarget {
  readonly id: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/**
 * Creates a direct upload, sends the file to its URL and completes the upload, which makes it an image. Cancels the
 * upload if a step fails. Reads the whole file into memory to hash it.
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
  const { id, url, headers } = await call<UploadTarget>('POST', ['images', 'direct'], { ...options, body })
  try {
    await put(url, headers, file, options)
    return await call<ReceivedImage>('POST', ['images', 'direct', id, 'complete'], { ...options, slow: true })
  } catch (error) {
    // otherwise the upload would count towards the user's storage for an hour
    await call('DELETE', ['images', 'direct', id]).catch(() => {})
    throw error
  }
}

/** SHA-256 in hex. */
async function sha256Of(file: Blob): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', await file.arrayBuffer())
  return Array.from(new Uint8Array(digest), byte => byte.toString(16).padStart(2, '0')).join('')
}

/** The file's name, if it is a `File`. */
function nameOf(file: Blob): string | undefined {
  return 'name' in file && typeof file.name === 'string' ? file.name : undefined
}
