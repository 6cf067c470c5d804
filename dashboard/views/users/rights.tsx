import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { User } from '../../api-types.ts'
import { Button } from '../../components/button.tsx'
import { Check } from '../../components/check.tsx'
import { SelectField } from '../../components/field.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { roleChoices, roleOf } from './roles.ts'

interface RightsProps {
  readonly account: User
  /** Whether this is the signed-in user, who must not remove their own rights by accident. */
  readonly own: boolean
  readonly onChange: (account: User) => void
}

/** The form for a user's role and restrictions. */
export function Rights({ account, own, onChange }: RightsProps) {
  const [role, setRole] = useState<string>(account.role)
  const [presetsOnly, setPresetsOnly] = useState(account.presetsOnly)
  const [originals, setOriginals] = useState(account.originals)
  const changed =
    role !== account.role || presetsOnly !== account.presetsOnly || originals !== account.originals
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    try {
      onChange(await api.changeUser(account.id, { role: roleOf(role), presetsOnly, originals }))
      showToast('Rights saved')
    } catch (error) {
      showError(error)
    }
  }
  return (
    <form class="rights" onSubmit={submit}>
      <SelectField
        label="Role"
        hint={own ? 'Only another administrator can change your own role.' : undefined}
        disabled={own}
        choices={roleChoices}
        value={role}
        onValue={setRole}
      />
      <Check checked={presetsOnly} onCheck={setPresetsOnly}>
        Image URLs may only use presets
      </Check>
      {presetsOnly && (
        <Check checked={originals} onCheck={setOriginals}>
          Image URLs may also fetch originals
        </Check>
      )}
      <div>
        <Button kind="primary" type="submit" icon="save" disabled={!changed}>
          Save rights
        </Button>
      </div>
    </form>
  )
}
