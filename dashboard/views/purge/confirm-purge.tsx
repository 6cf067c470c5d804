import { api, type PurgeTarget } from '../../api.ts'
import { FormDialog } from '../../components/dialog.tsx'
import { FormError } from '../../components/field.tsx'
import { usePhrase } from '../../components/phrase-field.tsx'
import { useSubmit } from '../../use-submit.ts'

/** What must be typed before everything is purged. */
const phrase = 'purge everything'

interface ConfirmProps {
  readonly target: PurgeTarget
  /** How many images are affected. */
  readonly meant: string
  /** Called with a sentence that says what happens now. */
  readonly onDone: (text: string) => void
  readonly onClose: () => void
}

/** Asks before a purge. */
export function ConfirmPurge({ target, meant, onDone, onClose }: ConfirmProps) {
  const isAll = 'all' in target
  const confirmation = usePhrase(phrase, isAll)
  const { submit, busy, error } = useSubmit(async () => {
    await api.purge(target)
    onDone(`Derivatives of ${nameOf(target)} are being deleted.`)
    onClose()
  })
  return (
    <FormDialog
      title={isAll ? 'Purge everything?' : `Purge ${nameOf(target)}?`}
      action="Purge"
      danger
      ready={!busy && confirmation.isGiven}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>
        {meant} Until they are rendered again, pages wait longer for them, and the renderings count towards
        your limit per day.
      </p>
      {confirmation.field}
      <FormError error={error} />
    </FormDialog>
  )
}

function nameOf(target: PurgeTarget): string {
  if ('tag' in target) return `images with the tag ${target.tag}`
  return 'preset' in target ? `the preset ${target.preset}` : 'all images'
}
