import './account.css'
import { api } from '../../api.ts'
import type { Holdings, Me } from '../../api-types.ts'
import { Check } from '../../components/check.tsx'
import { type Fact, Facts } from '../../components/facts.tsx'
import { HoldingMeters } from '../../components/holdings.tsx'
import { Section } from '../../components/section.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { dateText, numberText } from '../../format.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { useSetting } from '../../use-setting.ts'

/** The signed-in user's own account: what they use, their limits and their settings. */
export function Account() {
  const [loaded, retry, set] = useLoaded(async signal => {
    const [me, holdings] = await Promise.all([api.me(), api.ownHoldings(signal)])
    return { me, holdings }
  }, [])
  return (
    <>
      <PageHead title="Account">
        <a class="button" href="/password">
          Change password
        </a>
      </PageHead>
      {loaded.state === 'waiting' && <Spinner />}
      {loaded.state === 'failed' && <Failure error={loaded.error} onRetry={retry} />}
      {loaded.state === 'loaded' && (
        <Loaded {...loaded.value} onChange={me => set({ ...loaded.value, me })} />
      )}
    </>
  )
}

interface LoadedProps {
  readonly me: Me
  readonly holdings: Holdings
  readonly onChange: (me: Me) => void
}

function Loaded({ me, holdings, onChange }: LoadedProps) {
  const facts: readonly Fact[] = [
    ['Email', me.email],
    ['Role', me.role === 'admin' ? 'administrator' : 'member'],
    ['Id', <code key="id">{me.id}</code>],
    ['Since', dateText(me.createdAt)],
  ]
  return (
    <div class="sections">
      <Facts facts={facts} />
      <Section
        title="Used so far"
        actions={
          <a class="button small" href="/usage">
            Usage by day
          </a>
        }
      >
        <HoldingMeters limits={me.limits} holdings={holdings} />
        {holdings.deletedImages > 0 && (
          <p class="hint">
            <a href="/deleted">Deleted images</a> that can be restored count towards storage.
          </p>
        )}
      </Section>
      <Section title="Limits">
        <Limits me={me} />
      </Section>
      <Section title="Uploads">
        <RejectTruncated me={me} onChange={onChange} />
      </Section>
    </div>
  )
}

/** The limits besides those that meters show. Only administrators change them. */
function Limits({ me: { limits, presetsOnly, originals } }: { me: Me }) {
  const { operations, formats, outputPixels, requestsPerSecond } = limits ?? {}
  const facts: Fact[] = [
    ['Image URLs', presetsOnly && `may use presets only${originals ? ', and fetch originals' : ''}`],
    ['Operations', operations && (operations.join(', ') || 'none')],
    ['Formats', formats && (formats.join(', ') || 'none')],
    ['Result', outputPixels && `at most ${numberText(outputPixels)} pixels`],
    ['Requests', requestsPerSecond && `at most ${numberText(requestsPerSecond)} per second`],
  ]
  const set = facts.filter(([, value]) => value)
  if (set.length === 0) return <p>Your image URLs may use every operation, format and size.</p>
  return (
    <>
      <Facts facts={set} />
      <p class="hint">Only administrators change limits.</p>
    </>
  )
}

function RejectTruncated({ me, onChange }: Pick<LoadedProps, 'me' | 'onChange'>) {
  const { value, choose } = useSetting(me.rejectTruncated, async rejectTruncated =>
    onChange(await api.changeMe({ rejectTruncated })),
  )
  return (
    <div>
      <Check checked={value} onCheck={choose}>
        Refuse damaged JPEG and PNG files
      </Check>
      <p class="hint">Otherwise they are accepted, and their missing part is grey, black or transparent.</p>
    </div>
  )
}
