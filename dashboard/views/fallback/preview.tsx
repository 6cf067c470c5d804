import { api } from '../../api.ts'
import type { Fallback, Image } from '../../api-types.ts'
import { errorMessage } from '../../calls.ts'
import { Icon } from '../../components/icon.tsx'
import { ThumbhashPreview } from '../../components/thumbhash-preview.tsx'
import { thumbnailsOf } from '../../thumbnails.ts'
import { useLoaded } from '../../use-loaded.ts'

/** What the preview shows: an image, or the thumbhash of the newest one. */
interface Preview {
  readonly image?: Image | undefined
  readonly src?: string | undefined
}

async function loadPreview(fallback: Fallback, signal: AbortSignal): Promise<Preview> {
  if (fallback === null) return {}
  if (fallback === 'placeholder') return { image: (await api.images({ limit: 1 }, signal)).items[0] }
  const image = await api.image(fallback.imageId, signal)
  return { image, src: (await thumbnailsOf([image])).get(image.id)?.src }
}

/** A picture of the fallback. */
export function FallbackPreview({ fallback }: { fallback: Fallback }) {
  const [loaded] = useLoaded(signal => loadPreview(fallback, signal), [JSON.stringify(fallback)])
  if (loaded.state === 'waiting') return <div class="fallback-frame" aria-busy="true" />
  const failed = loaded.state === 'failed'
  const { image, src } = failed ? {} : loaded.value
  const thumbhash = fallback === 'placeholder' ? image?.thumbhash : undefined
  return (
    <figure class="fallback-preview">
      <div class="fallback-frame">
        {src && <img src={src} alt={image?.title || 'The fallback image'} />}
        {thumbhash && <ThumbhashPreview thumbhash={thumbhash} />}
        {!src && !thumbhash && <Icon name={fallback === null ? 'warning' : 'image'} size={40} />}
      </div>
      <figcaption class="hint">
        {failed ? (
          <span class="mistake">
            The fallback image is not shown: {errorMessage(loaded.error)}. Choose another one.
          </span>
        ) : (
          captionOf(fallback, image)
        )}
      </figcaption>
    </figure>
  )
}

function captionOf(fallback: Fallback, image: Image | undefined) {
  if (fallback === null) return 'Browsers show their symbol for a broken image.'
  if (fallback === 'placeholder') {
    return image ? 'As your newest image would look.' : 'You have no images yet.'
  }
  return image && <a href={`/images/${image.id}`}>{image.title || image.id}</a>
}
