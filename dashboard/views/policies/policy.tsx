import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Policy } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Confirm } from '../../components/dialog.tsx'
import { Missing } from '../../components/missing.tsx'
import { Section } from '../../components/section.tsx'
import { Spinner } from '../../components/state.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { UpLink } from '../../components/up-link.tsx'
import { navigate } from '../../location.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { Rules } from './rules.tsx'
import { UseIt } from './use-it.tsx'

const list = { to: '/policies', label: 'All policies' }

/** The page of one policy: how a website uses it, and its rules. */
export function PolicyView({ name }: { name: string }) {
  const [loaded, retry, setPolicy] = useLoaded(signal => api.policy(name, signal), [name])
  if (loaded.state !== 'loaded') {
    return (
      <>
        <PageHead title="Policy" />
        {loaded.state === 'waiting' && <Spinner />}
        {loaded.state === 'failed' && (
          <Missing error={loaded.error} onRetry={retry} what="policy" list={list} />
        )}
      </>
    )
  }
  const policy = loaded.value
  return (
    <>
      <UpLink to="/policies" label="Policies" />
      <PageHead title={policy.name}>
        <DeletePolicy policy={policy} />
      </PageHead>
      <div class="sections">
        <Section title="Use it on a website">
          <UseIt policy={policy} />
        </Section>
        <Section title="What it allows">
          <p>
            Everything else is refused with 403. A change takes effect within a second, also for URLs that are
            signed already.
          </p>
          <Rules policy={policy} onChange={setPolicy} />
        </Section>
      </div>
    </>
  )
}

function DeletePolicy({ policy: { name } }: { policy: Policy }) {
  const [asking, setAsking] = useState(false)
  const remove = async () => {
    setAsking(false)
    try {
      await api.deletePolicy(name)
      showToast(`${name} deleted`)
      navigate('/policies')
    } catch (error) {
      showError(error)
    }
  }
  return (
    <>
      <Button kind="danger" icon="trash" onClick={() => setAsking(true)}>
        Delete
      </Button>
      {asking && (
        <Confirm
          title={`Delete ${name}?`}
          action="Delete"
          onConfirm={remove}
          onClose={() => setAsking(false)}
        >
          Every URL that was signed with it stops working at once, on all pages that show it. Caches in front
          of the service may answer for up to an hour. Images, derivatives and other policies stay.
        </Confirm>
      )}
    </>
  )
}
