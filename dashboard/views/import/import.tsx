import './import.css'
import { useState } from 'preact/hooks'
import { api } from '../../api.ts'
import { Button } from '../../components/button.tsx'
import { TextArea, TextField } from '../../components/field.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { UpLink } from '../../components/up-link.tsx'
import { countText, parseTags } from '../../format.ts'
import { importAll, imports, titleOf } from '../../imports.ts'
import { PageHead } from '../../shell.tsx'
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
  const error = lines.length > maxUrls ? `Expected at most ${maxUrls} addresses` : firstError(lines)
  const [tasks, readTasks] = useImportTasks()
  const submit = async (event: SubmitEvent) => {
    event.preventDefault()
    if (lines.length <= maxHere) importAll(lines, parseTags(tags))
    else if (!(await importInBackground(lines, parseTags(tags)))) return
    setText('')
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

/** False when the service has refused the list. */
async function importInBackground(urls: readonly string[], tags: readonly string[]): Promise<boolean> {
  try {
    await api.importMany(urls.map(url => ({ url, title: titleOf(url), tags })))
    showToast(`Importing ${countText(urls.length, 'image')} in the background`)
    return true
  } catch (error) {
    showError(error)
    return false
  }
}

function firstError(lines: readonly string[]): string | undefined {
  const wrong = lines.find(line => !/^https?:\/\/[^/]/i.test(line) || !URL.canParse(line))
  return wrong && `Not an address that begins with http:// or https://: ${wrong.slice(0, 100)}`
}
