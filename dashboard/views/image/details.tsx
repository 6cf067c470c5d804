import { api } from '../../api.ts'
import type { Image, Info } from '../../api-types.ts'
import { type Fact, Facts } from '../../components/facts.tsx'
import { dateText } from '../../format.ts'
import { useLoaded } from '../../use-loaded.ts'

/** Facts about the uploaded file that the head of the page does not show. */
export function FileDetails({ image }: { image: Image }) {
  const { pages, createdAt, id, sha256 } = image
  return (
    <section class="panel" aria-label="File">
      <h2>File</h2>
      <Facts
        facts={[
          ['Pages', pages > 1 ? pages : undefined],
          ['Uploaded', dateText(createdAt)],
          ['Id', <code key="id">{id}</code>],
          ['SHA-256', <code key="sha">{sha256}</code>],
        ]}
      />
    </section>
  )
}

/** The analysis of the pixels, and the camera data from EXIF. */
export function PixelDetails({ image }: { image: Image }) {
  const [loaded] = useLoaded(signal => api.info(image, signal), [image.id, image.sha256])
  // optional information: show nothing while it loads or when it fails
  if (loaded.state !== 'loaded') return null
  const { palette, kind, space, alpha, faces, pHash } = loaded.value
  const exif = exifFacts(loaded.value)
  return (
    <>
      <section class="panel" aria-label="Colours">
        <h2>Colours</h2>
        <ul class="palette">
          {palette.map(({ color, share }) => (
            <li key={color} style={{ '--color': color, '--share': share }} title={color}>
              <span class="unseen">
                {color}, {Math.round(share * 100)} %
              </span>
            </li>
          ))}
        </ul>
        <Facts
          facts={[
            ['Kind', kind === 'photo' ? 'Photograph' : 'Graphic'],
            ['Colour space', space],
            ['Transparency', alpha ? 'Yes' : 'No'],
            ['Faces', faces?.length || undefined],
            ['Perceptual hash', <code key="hash">{pHash}</code>],
          ]}
        />
      </section>
      {exif.length > 0 && (
        <section class="panel" aria-label="Camera">
          <h2>Camera</h2>
          <Facts facts={exif} />
        </section>
      )}
    </>
  )
}

function exifFacts({ exif }: Info): Fact[] {
  const { make, model, lens, takenAt, exposureTime, fNumber, iso, focalLength, flash, software } = exif
  const facts: Fact[] = [
    ['Camera', [make, model].filter(Boolean).join(' ')],
    ['Lens', lens],
    ['Taken', typeof takenAt === 'string' ? takenAt.replace('T', ' ') : undefined],
    ['Exposure', typeof exposureTime === 'number' ? exposureText(exposureTime) : undefined],
    ['Aperture', fNumber === undefined ? undefined : `f/${fNumber}`],
    ['ISO', iso],
    ['Focal length', focalLength === undefined ? undefined : `${focalLength} mm`],
    ['Flash', flash === undefined ? undefined : flash ? 'Fired' : 'Off'],
    ['Software', software],
  ]
  return facts.filter(([, value]) => value !== undefined && value !== '')
}

/** `1/250 s` for short exposures. */
const exposureText = (seconds: number) =>
  seconds > 0 && seconds < 0.5 ? `1/${Math.round(1 / seconds)} s` : `${seconds} s`
