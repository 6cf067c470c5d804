import { api } from '../../api.ts'
import type { User } from '../../api-types.ts'
import { Facts } from '../../components/facts.tsx'
import { HoldingMeters } from '../../components/holdings.tsx'
import { Missing } from '../../components/missing.tsx'
import { Section } from '../../components/section.tsx'
import { Failure, Spinner } from '../../components/state.tsx'
import { UpLink } from '../../components/up-link.tsx'
import { dateText } from '../../format.ts'
import { user } from '../../session.ts'
import { PageHead } from '../../shell.tsx'
import { useLoaded } from '../../use-loaded.ts'
import { LimitsForm } from './limits-form.tsx'
import { Rights } from './rights.tsx'
import { UserActions } from './user-actions.tsx'

const list = { to: '/users', label: 'All users' }

/** The page of one user: state, usage, rights and limits. */
export function UserView({ id }: { id: string }) {
  const [loaded, retry, setAccount] = useLoaded(signal => api.user(id, signal), [id])
  const [holdings, reloadHoldings] = useLoaded(signal => api.holdings(id, signal), [id])
  if (loaded.state !== 'loaded') {
    return (
      <>
        <PageHead title="User" />
        {loaded.state === 'waiting' && <Spinner />}
        {loaded.state === 'failed' && (
          <Missing error={loaded.error} onRetry={retry} what="user" list={list} />
        )}
      </>
    )
  }
  const account = loaded.value
  const own = account.id === user.value?.id
  return (
    <>
      <UpLink to="/users" label="Users" />
      <PageHead title={account.email}>
        {!own && <UserActions account={account} onChange={setAccount} />}
      </PageHead>
      <div class="sections">
        <Facts
          facts={[
            ['State', <State key="state" account={account} />],
            ['Created', dateText(account.createdAt)],
            ['Id', <code key="id">{account.id}</code>],
          ]}
        />
        <Section title="Used so far">
          {holdings.state === 'waiting' && <Spinner />}
          {holdings.state === 'failed' && <Failure error={holdings.error} onRetry={reloadHoldings} />}
          {holdings.state === 'loaded' && <HoldingMeters limits={account.limits} holdings={holdings.value} />}
        </Section>
        <Section title="Rights">
          <Rights account={account} own={own} onChange={setAccount} />
        </Section>
        <Section title="Limits">
          <p>An empty field means no limit. Changes take effect within a second.</p>
          <LimitsForm account={account} onChange={setAccount} />
        </Section>
      </div>
    </>
  )
}

function State({ account: { disabled } }: { account: User }) {
  if (!disabled) return <span class="badge active">active</span>
  return (
    <>
      <span class="badge disabled">disabled</span> cannot sign in or use API keys; image URLs keep working
    </>
  )
}
