import './playground.css'
import type { ComponentChildren } from 'preact'
import { useEffect } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Image, Operations } from '../../api-types.ts'
import { Failure, Spinner, State } from '../../components/state.tsx'
import { navigate, query } from '../../location.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { Workbench } from './workbench.tsx'

let operationsRequest: Promise<Operations> | undefined

/** Loads the operations once. They only change with a new version of the service. */
function loadOperations(): Promise<Operations> {
  operationsRequest ??= api.operations().catch(error => {
    operationsRequest = undefined
    throw error
  })
  return operationsRequest
}

/** The playground, where users try operations on an image and copy the result's URL. */
export function Playground({ id }: { id: string }) {
  const [loaded, retry] = useLoaded(
    async signal => ({ operations: await loadOperations(), image: await imageFor(id, signal) }),
    [id],
  )
  if (loaded.state === 'waiting')
    return (
      <PlaygroundPage>
        <Spinner />
      </PlaygroundPage>
    )
  if (loaded.state === 'failed')
    return (
      <PlaygroundPage>
        <Failure error={loaded.error} onRetry={retry} />
      </PlaygroundPage>
    )
  const { operations, image } = loaded.value
  if (image === undefined) return <NoImages />
  return id === '' ? <RedirectToImage image={image} /> : <Workbench image={image} operations={operations} />
}

/** The image in the URL, or the newest one. */
async function imageFor(id: string, signal: AbortSignal): Promise<Image | undefined> {
  return id === '' ? (await api.images({ limit: 1 }, signal)).items[0] : api.image(id, signal)
}

function RedirectToImage({ image }: { image: Image }) {
  useEffect(() => {
    const rest = query.value.toString()
    navigate(`/playground/${image.id}${rest && `?${rest}`}`, { replace: true })
  }, [image])
  return <Spinner />
}

function PlaygroundPage({ children }: { children: ComponentChildren }) {
  return (
    <>
      <PageHead title="Playground" />
      {children}
    </>
  )
}

function NoImages() {
  return (
    <PlaygroundPage>
      <State icon="image" title="No images yet">
        <p>Upload an image first.</p>
        <a class="button primary" href="/">
          Go to library
        </a>
      </State>
    </PlaygroundPage>
  )
}
