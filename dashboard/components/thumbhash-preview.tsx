import './thumbhash-preview.css'
import { useLayoutEffect, useRef } from 'preact/hooks'
import { thumbHashToRGBA } from 'thumbhash'

/** A blurred preview of an image from its thumbhash (base64), shown until the image has loaded. */
export function ThumbhashPreview({ thumbhash }: { thumbhash: string }) {
  const canvas = useRef<HTMLCanvasElement>(null)
  // layout effect: drawing after the first paint would flash the background
  useLayoutEffect(() => {
    const { w, h, rgba } = thumbHashToRGBA(Uint8Array.from(atob(thumbhash), letter => letter.charCodeAt(0)))
    const element = canvas.current
    if (element === null) return
    element.width = w
    element.height = h
    element.getContext('2d')?.putImageData(new ImageData(new Uint8ClampedArray(rgba), w, h), 0, 0)
  }, [thumbhash])
  return <canvas class="thumbhash-preview" ref={canvas} />
}
