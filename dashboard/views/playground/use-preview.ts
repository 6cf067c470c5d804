import { useEffect, useRef, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image, Signed, SigningRequest } from '../../api-types.ts'
import { problemOf } from '../../calls.ts'
import { imageAccept } from '../../image-accept.ts'
import { ofVersion } from '../../image-version.ts'

/** A derivative that was fetched through its signed URL. */
export interface Preview {
  readonly signed: Signed
  /** An object URL of the image's bytes. */
  readonly src: string
  readonly bytes: number
  readonly contentType: string
  /** The time from the request to the last byte, in milliseconds. */
  readonly ms: number
  /** The cache tier: `memory`, `store`, `miss` or `shared`. */
  readonly tier: string
  readonly standin: boolean
  /** Notes of the service on how the result differs from the request. */
  readonly notes: string
}

export interface PreviewState {
  /** The latest preview. It stays until the next one has loaded. */
  readonly shown: Preview | undefined
  readonly working: boolean
  readonly error: unknown
}

/** How long the form must stay unchanged before the preview is requested, in milliseconds. */
const debounceMs = 350
/** How many times a request is sent at most while the service responds with 503 and `Retry-After`. */
const maxAttempts = 8

const initialState: PreviewState = { shown: undefined, working: true, error: undefined }

/** Renders a request for an image with a debounce. With null, for a form with errors, nothing is requested. */
export function usePreview(image: Image, request: SigningRequest | null): PreviewState {
  const [state, setState] = useState(initialState)
  const key = JSON.stringify(request)
  useEffect(() => {
    const pending: SigningRequest | null = JSON.parse(key)
    if (pending === null) return setState(now => ({ ...now, working: false, error: undefined }))
    const controller = new AbortController()
    setState(now => ({ ...now, working: true }))
    const timer = setTimeout(async () => {
      try {
        const shown = await fetchPreview(pending, image, controller.signal)
        if (controller.signal.aborted) return URL.revokeObjectURL(shown.src)
        setState(now => {
          if (now.shown) URL.revokeObjectURL(now.shown.src)
          return { shown, working: false, error: undefined }
        })
      } catch (error) {
        if (!controller.signal.aborted) setState(now => ({ ...now, working: false, error }))
      }
    }, debounceMs)
    return () => {
      clearTimeout(timer)
      controller.abort()
    }
  }, [key, image.sha256])
  // the last object URL lives as long as the component
  const latest = useRef(state.shown)
  latest.current = state.shown
  useEffect(
    () => () => {
      if (latest.current) URL.revokeObjectURL(latest.current.src)
    },
    [],
  )
  return state
}

async function fetchPreview(request: SigningRequest, image: Image, signal: AbortSignal): Promise<Preview> {
  const [signed, accept] = await Promise.all([api.sign(request, signal), imageAccept()])
  const begun = performance.now()
  const response = await fetchWithRetry(ofVersion(signed.path, image), accept, signal)
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

/** Fetches, and retries a 503 after the time given in `Retry-After`. */
async function fetchWithRetry(path: string, accept: string, signal: AbortSignal): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await fetch(path, { signal, headers: { accept } })
    if (response.ok) return response
    const retryAfter = Number(response.headers.get('retry-after'))
    if (response.status !== 503 || !(retryAfter > 0) || attempt >= maxAttempts)
      throw await problemOf(response)
    await new Promise(resolve => setTimeout(resolve, retryAfter * 1000))
    signal.throwIfAborted()
  }
}
