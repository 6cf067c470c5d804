import './import.css'
import { useState } from 'preact/hooks'
import { Button } from '../../components/button.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { UpLink } from '../../components/up-link.tsx'
import { countText, parseTags } from '../../format.ts'
import { importAll, imports } from '../../imports.ts'
import { PageHead } from '../../shell.tsx'
import { addressErrorOf } from './address-error.ts'
import { importInBackground } from './background-import.ts'
import { ImportList } from './import-list.tsx'
import { ImportTasks } from './import-tasks.tsx'
import { useImportTasks } from './use-import-tasks.ts'

/** The most addresses of one import. */
const maxUrls = 1_000
/** The service imports longer lists in the background, so that the page can be closed. */
const maxHere = 20

/** Imports images from their addresses on the web. */
export function Import() {
  const [text, setText] = useState('')
  const [tags, setTags] = useState('')
  const lines = [...new Set(text.split(/\s+/).filter(line => line !== ''))]
  const error = lines.length > maxUrls ? `Expected at most ${maxUrls} addresses` : addressErrorOf(lines)
  const [tasks, readTasks] = useImportTasks()
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (lines.length <= maxHere) {
      importAll(lines, parseTags(tags))
      return setText('')
    }
    const refused = await importInBackground(lines, parseTags(tags))
    if (refused.length < lines.length) setText(refused.join('\n'))
    readTasks()
  }
  return (
    <>
      <UpLink to="/" label="Library" />
      <PageHead title="Import from URLs" />
      <div class="import">
        <form onSubmit={submit}>
          <TextArea
            label="Addresses"
            hint={`One per line. Each must be the address of an image file on a public host. The service imports more than ${maxHere} in the background: you can close the page.`}
            rows={6}
            autofocus
            error={error}
            value={text}
            onValue={setText}
          />
          <TextField
            label="Tags"
            hint="For all of them, separated by commas. Optional."
            value={tags}
            onValue={setTags}
          />
          <div>
            <Button
              kind="primary"
              type="submit"
              icon="import"
              disabled={lines.length === 0 || error !== undefined}
            >
              {lines.length > 1 ? `Import ${countText(lines.length, 'image')}` : 'Import'}
            </Button>
          </div>
        </form>
        {imports.value.length > 0 && <ImportList all={imports.value} />}
        <ImportTasks tasks={tasks} onChange={readTasks} />
      </div>
    </>
  )
}
