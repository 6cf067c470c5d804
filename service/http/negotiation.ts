import type { IncomingHttpHeaders } from 'node:http'
import type { ClientPreferences } from '../delivery/negotiation.ts'
import { readAccept } from '../plan/accept-header.ts'
import type { ClientHints } from '../plan/hints.ts'

/** Parses the request headers that negotiate the format and size of an image. */
export function readClient(headers: IncomingHttpHeaders): ClientPreferences {
  return { accepted: readAccept(headers.accept), hints: readHints(headers) }
}

/**
 * The client hints of a request, by their `Sec-CH-` names only: the legacy `DPR`, `Width` and `Viewport-Width` would
 * have to be listed in `Vary`, too, and split every cache. A hint that is not a positive number is ignored.
 */
function readHints(headers: IncomingHttpHeaders): ClientHints {
  return {
    dpr: parsePositive(headers['sec-ch-dpr']),
    width: parsePositive(headers['sec-ch-width']),
    viewportWidth: parsePositive(headers['sec-ch-viewport-width']),
    saveData: headers['save-data']?.toString().trim().toLowerCase() === 'on',
  }
}

/** A positive decimal of a structured field (RFC 9651, section 3.3), in the range of pixel sizes. */
function parsePositive(header: string | string[] | undefined): number | undefined {
  const text = header?.toString() ?? ''
  const value = /^\d{1,6}(?:\.\d{1,3})?$/.test(text) ? Number(text) : 0
  return value > 0 ? value : undefined
}
