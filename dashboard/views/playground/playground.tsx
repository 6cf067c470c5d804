import './playground.css'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image, Operations } from '../../api-types.ts'
import { Failure, State, Waiting } from '../../components/state.tsx'
import { navigate, query } from '../../location.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { Workbench } from './workbench.tsx'

let known: Promise<Operations> | undefined

/** Asked once: operations change with the service, not while it runs. */
function loadOperations(): Promise<Operations> {
  known ??= api.operations().catch(error => {
    known = undefined
    throw error
  })
  return known
}

/** Where somebody tries what can be done to a picture, and takes the URL away. */
export function Playground({ id }: { id: string }) {
  const [loaded, retry] = useLoaded(
    async signal => ({ operations: await loadOperations(), image: await imageFor(id, signal) }),
    [id],
  )
  if (loaded.state === 'waiting')
    return (
      <Framed>
        <Waiting />
      </Framed>
    )
  if (loaded.state === 'failed')
    return (
      <Framed>
        <Failure error={loaded.error} onRetry={retry} />
      </Framed>
    )
  const { operations, image } = loaded.value
  if (image === undefined) return <NoPicture />
  return id === '' ? <ToPicture image={image} /> : <Workbench image={image} operations={operations} />
}

/** The picture that the address names, or the newest. */
async function imageFor(id: string, signal: AbortSignal): Promise<Image | undefined> {
  return id === '' ? (await api.images({ limit: 1 }, signal)).items[0] : api.image(id, signal)
}

function ToPicture({ image }: { image: Image }) {
  useEffect(() => {
    const rest = query.value.toString()
    navigate(`/playground/${image.id}${rest && `?${rest}`}`, { replace: true })
  }, [image])
  return <Waiting />
}

function Framed({ children }: { children: ComponentChildren }) {
  return (
    <>
      <PageHead title="Playground" />
      {children}
    </>
  )
}

function NoPicture() {
  return (
    <Framed>
      <State icon="picture" title="No images yet">
        <p>Upload an image first.</p>
        <a class="button primary" href="/">
          Go to library
        </a>
      </State>
    </Framed>
  )
}
