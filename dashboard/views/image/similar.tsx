import { api } from '../../api.ts'
import type { Duplicate, Image } from '../../api-types.ts'
import { Icon } from '../../components/icon.tsx'
import { Section } from '../../components/section.tsx'
import { Failure } from '../../components/state.tsx'
import { ThumbhashPreview } from '../../components/thumbhash-preview.tsx'
import { type Thumbnail, thumbnailsOf } from '../../thumbnails.ts'
import { useLoaded } from '../../use-loaded.ts'
import { imagePath } from '../library/place.ts'

/** The most images that are shown. */
const limit = 24

/** Images with the same bytes, and images that look alike. */
export function Similar({ image }: { image: Image }) {
  const [loaded, retry] = useLoaded(
    async signal => {
      const { items } = await api.duplicates(image.id, limit, signal)
      return { items, thumbnails: await thumbnailsOf(items.map(item => item.image)) }
    },
    [image.id, image.sha256],
  )
  if (loaded.state === 'waiting') return null
  return (
    <Section title="Duplicates and look-alikes">
      {loaded.state === 'failed' ? (
        <Failure error={loaded.error} onRetry={retry} />
      ) : loaded.value.items.length === 0 ? (
        <p class="hint">None in your library.</p>
      ) : (
        <ul class="similar">
          {loaded.value.items.map(item => (
            <SimilarImage
              key={item.image.id}
              item={item}
              thumbnail={loaded.value.thumbnails.get(item.image.id)}
            />
          ))}
        </ul>
      )}
    </Section>
  )
}

interface SimilarProps {
  readonly item: Duplicate
  readonly thumbnail: Thumbnail | null | undefined
}

function SimilarImage({ item: { exact, image }, thumbnail }: SimilarProps) {
  const name = image.title || image.fileName || image.id
  return (
    <li>
      <a href={imagePath(image.id)} title={name}>
        <span class="similar-picture">
          {thumbnail ? (
            <img {...thumbnail} alt="" loading="lazy" decoding="async" />
          ) : image.thumbhash ? (
            <ThumbhashPreview thumbhash={image.thumbhash} />
          ) : (
            <Icon name="image" size={24} />
          )}
        </span>
        <span class="similar-name">{name}</span>
      </a>
      <span class="hint">{exact ? 'Same file' : 'Looks alike'}</span>
    </li>
  )
}
