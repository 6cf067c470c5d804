import { CopyLine } from '../../components/copy.tsx'
import { State } from '../../components/state.tsx'
import { user } from '../../session.ts'

/** The empty state of a new library: explains how to upload images. Only administrators may have access to the server. */
export function EmptyLibrary() {
  const { origin } = location
  const curl = `curl ${origin}/api/v1/images -H "authorization: Bearer $TOKEN" -F title='My photo' -F file=@photo.jpg`
  const script = [
    'const form = new FormData()',
    "form.append('file', await openAsBlob('photo.jpg'), 'photo.jpg')",
    `await fetch('${origin}/api/v1/images', { method: 'POST', body: form, headers: { authorization: \`Bearer \${token}\` } })`,
  ].join('\n')
  return (
    <State icon="image" title="No images yet">
      <p>
        Drop files anywhere on this page, paste one or choose Upload. Programs can upload too, with an{' '}
        <a href="/keys">API key</a> as their token that has the scope images:write:
      </p>
      <div class="ways">
        <section>
          <h3>With curl</h3>
          <CopyLine text={curl} />
        </section>
        {user.value?.role === 'admin' && (
          <section>
            <h3>On the command line of the server, without a key</h3>
            <CopyLine text={`npx darkroom upload photo.jpg --user ${shellWord(user.value.email)}`} />
          </section>
        )}
        <section>
          <h3>With JavaScript</h3>
          <CopyLine text={script} />
        </section>
      </div>
    </State>
  )
}

/** Quotes a word for a shell, unless it is an ordinary email address: an address may contain `;` or `$`. */
function shellWord(word: string): string {
  return /^[\w.+@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
