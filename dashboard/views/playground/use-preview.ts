import { useEffect, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Signed, SigningRequest } from '../../api-types.ts'
import { problemOf } from '../../calls.ts'

/** A derivative as it was fetched through its signed URL. */
export interface Preview {
  readonly signed: Signed
  /** Its bytes, as the browser holds them. */
  readonly src: string
  readonly bytes: number
  readonly contentType: string
  /** From the request to the last byte, in milliseconds. */
  readonly ms: number
  /** Where it came from: `memory`, `store`, `miss` or `shared`. */
  readonly tier: string
  readonly standin: boolean
  /** What is not quite as it was asked for. */
  readonly notes: string
}

export interface PreviewState {
  /** The latest that came; it stays until another has come. */
  readonly shown: Preview | undefined
  readonly working: boolean
  readonly error: unknown
}

/** How long the form may rest before a picture is asked for, in milliseconds. */
const restMs = 350
/** As browsers ask for images: the format of `auto` depends on it. */
const accept = 'image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8'
/** Heavy work is waited for so often; each time the service says how long. */
const patience = 8

const nothing: PreviewState = { shown: undefined, working: true, error: undefined }

/** The picture that a request stands for, each time it has not changed for a moment; null for a form with mistakes. */
export function usePreview(request: SigningRequest | null): PreviewState {
  const [state, setState] = useState(nothing)
  const key = JSON.stringify(request)
  useEffect(() => {
    const wanted: SigningRequest | null = JSON.parse(key)
    if (wanted === null) return setState(now => ({ ...now, working: false, error: undefined }))
    const left = new AbortController()
    setState(now => ({ ...now, working: true }))
    const timer = setTimeout(async () => {
      try {
        const shown = await develop(wanted, left.signal)
        if (left.signal.aborted) return URL.revokeObjectURL(shown.src)
        setState(now => {
          if (now.shown) URL.revokeObjectURL(now.shown.src)
          return { shown, working: false, error: undefined }
        })
      } catch (error) {
        if (!left.signal.aborted) setState(now => ({ ...now, working: false, error }))
      }
    }, restMs)
    return () => {
      clearTimeout(timer)
      left.abort()
    }
  }, [key])
  return state
}

async function develop(request: SigningRequest, signal: AbortSignal): Promise<Preview> {
  const signed = await api.sign(request, signal)
  const begun = performance.now()
  const response = await patientFetch(signed.path, signal)
  const blob = await response.blob()
  const { headers } = response
  return {
    signed,
    src: URL.createObjectURL(blob),
    bytes: blob.size,
    contentType: headers.get('content-type') ?? '',
    ms: performance.now() - begun,
    tier: headers.get('darkroom-cache') ?? '',
    standin: headers.get('darkroom-variant') === 'standin',
    notes: headers.get('darkroom-note') ?? '',
  }
}

/** Fetches; while a worker is still at it, again when the service says so. */
async function patientFetch(path: string, signal: AbortSignal): Promise<Response> {
  for (let tries = 1; ; tries++) {
    const response = await fetch(path, { signal, headers: { accept } })
    if (response.ok) return response
    const retryAfter = Number(response.headers.get('retry-after'))
    if (response.status !== 503 || !(retryAfter > 0) || tries >= patience) throw await problemOf(response)
    await new Promise(resolve => setTimeout(resolve, retryAfter * 1000))
    signal.throwIfAborted()
  }
}
