import { useState } from 'preact/hooks'
import { type Secret, SecretDialog } from '../../components/secret-dialog.tsx'
import { PageHead } from '../../shell.tsx'
import { ApiKeys } from './api-keys.tsx'
import { SigningKeys } from './signing-keys.tsx'

/** Signing keys for URLs, and API keys for programs. */
export function Keys() {
  const [secret, setSecret] = useState<Secret | undefined>(undefined)
  return (
    <>
      <PageHead title="Keys" />
      <div class="sections">
        <SigningKeys onSecret={setSecret} />
        <ApiKeys onSecret={setSecret} />
      </div>
      {secret && <SecretDialog {...secret} onClose={() => setSecret(undefined)} />}
    </>
  )
}
