import { api } from '../api.ts'
import type { Me } from '../api-types.ts'
import { bytesText } from '../format.ts'

export type UploadLimits = Me['uploads']

/** Other extensions and MIME types of a format, beside its own name. */
const aliases: Readonly<Record<string, readonly string[]>> = {
  jpg: ['jpeg', 'jpe', 'jfif', 'pjpeg', 'pjp'],
  png: ['apng'],
  tiff: ['tif'],
  svg: ['svg+xml'],
  heic: ['heif', 'hif', 'heic-sequence', 'heif-sequence'],
  ico: ['x-icon', 'vnd.microsoft.icon'],
  bmp: ['x-ms-bmp'],
}

let limits: Promise<UploadLimits> | undefined

/** What the service accepts, loaded once. Undefined when it cannot be loaded now: the service then decides by itself. */
export async function loadUploadLimits(): Promise<UploadLimits | undefined> {
  limits ??= api.me().then(({ uploads }) => uploads)
  try {
    return await limits
  } catch {
    limits = undefined
    return undefined
  }
}

/**
 * Why the service would refuse a file, as far as its name, type and size say so; empty if they do not. The service
 * recognizes formats by their content, so a file whose type the browser does not know is sent.
 */
export function refusalOf({ name, type, size }: File, accepted: UploadLimits | undefined): string {
  if (size === 0) return 'The file is empty'
  if (accepted === undefined) return ''
  if (size > accepted.maxBytes) {
    return `${bytesText(size)} is too large, at most ${bytesText(accepted.maxBytes)} is accepted`
  }
  const extension = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''
  const known = new Set(accepted.formats.flatMap(format => [format, ...(aliases[format] ?? [])]))
  const subtype = /^(?:image|application)\/(.+)$/.exec(type)?.[1] ?? ''
  if (type === '' || subtype === 'octet-stream' || known.has(extension) || known.has(subtype)) return ''
  return `${extension === '' ? type : extension.toUpperCase()} is not accepted, only ${namesOf(accepted.formats)}`
}

function namesOf(formats: readonly string[]): string {
  const names = formats.map(format => format.toUpperCase())
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}
