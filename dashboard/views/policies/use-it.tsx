import { api } from '../../api.ts'
import type { Policy } from '../../api-types.ts'
import { ChoiceLinks } from '../../components/choice-links.tsx'
import { CodeBlock } from '../../components/code-block.tsx'
import { CopyLine } from '../../components/copy.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { query } from '../../location.ts'
import { user } from '../../session.ts'
import { useLoaded } from '../../use-loaded.ts'
import { type Framework, frameworkOf, frameworks, signingCode } from './frameworks.ts'

/** The service's address, and a URL that is signed with a policy. */
interface Example {
  readonly base: string
  /** Undefined without an image, or when the service refuses to sign. */
  readonly url?: string
  /** Why there is no URL. */
  readonly why?: string
}

async function loadExample({ name, formats }: Policy, signal: AbortSignal): Promise<Example> {
  const { items } = await api.images({ limit: 1 }, signal)
  const [image] = items
  if (image === undefined) return { base: location.origin, why: 'Upload an image to see a signed URL here.' }
  const format = formats === undefined || formats.includes('auto') ? 'auto' : (formats[0] ?? 'auto')
  try {
    const { url } = await api.sign({ imageId: image.id, operations: [], format, policy: name }, signal)
    return { base: new URL(url).origin, url }
  } catch (error) {
    if (signal.aborted || !(error instanceof Error)) throw error
    return { base: new URL(image.rawUrl, location.origin).origin, why: `Not signed: ${error.message}.` }
  }
}

/** What a website needs to show images under a policy: address, a signed URL, and code. */
export function UseIt({ policy }: { policy: Policy }) {
  const [loaded, retry] = useLoaded(signal => loadExample(policy, signal), [policy])
  const chosen = frameworks.find(({ name }) => name === query.value.get('for')) ?? frameworkOf(policy)
  if (loaded.state === 'waiting') return <Spinner />
  if (loaded.state === 'failed') return <Failure error={loaded.error} onRetry={retry} />
  const { base, url, why } = loaded.value
  return (
    <div class="use-it">
      <div class="use-it-lines">
        <CopyLine title="Address" text={base} />
        <CopyLine title="User id" text={user.value?.id ?? ''} />
        {url && <CopyLine title="Signed URL" text={url} />}
      </div>
      <p class="hint">
        {why ??
          'The signed URL of your newest image. Its signature covers every size that the policy allows, so pages may contain it.'}{' '}
        Your server needs a <a href="/keys">signing key</a>.
      </p>
      <div class="use-it-choice">
        <ChoiceLinks
          label="Framework"
          choices={frameworks.map(one => ({
            label: one.label,
            to: `/policies/${policy.name}?for=${one.name}`,
            current: one === chosen,
          }))}
        />
      </div>
      {chosen && <Code framework={chosen} base={base} policy={policy.name} />}
    </div>
  )
}

function Code({ framework, base, policy }: { framework: Framework; base: string; policy: string }) {
  return (
    <>
      <CodeBlock title="Install" code="npm install @darkroom-cdn/client" />
      <CodeBlock title="Sign, on the server" code={signingCode(base, user.value?.id ?? '', policy)} />
      {framework.snippets(base).map(({ file, code }) => (
        <CodeBlock key={file} title={file} code={code} />
      ))}
    </>
  )
}
