import { useState } from 'preact/hooks'
import { type Secret, SecretOnce } from '../../components/secret-once.tsx'
import { PageHead } from '../../shell.tsx'
import { ApiKeys } from './api-keys.tsx'
import { SigningKeys } from './signing-keys.tsx'

/** What URLs are signed with, and what programs call the API with. */
export function Keys() {
  const [secret, setSecret] = useState<Secret | undefined>(undefined)
  return (
    <>
      <PageHead title="Keys" />
      <div class="sections">
        <SigningKeys onSecret={setSecret} />
        <ApiKeys onSecret={setSecret} />
      </div>
      {secret && <SecretOnce {...secret} onClose={() => setSecret(undefined)} />}
    </>
  )
}
