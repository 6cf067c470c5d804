import { CopyLine } from '../../components/copy.tsx'
import { State } from '../../components/state.tsx'

/** The empty state of a new library: explains how to upload images. */
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
      <p>Drop files anywhere on this page, paste one or choose Upload. Programs can upload too:</p>
      <div class="ways">
        <section>
          <h3>With curl (the token is an API key, or the access token of POST /api/v1/auth/login)</h3>
          <CopyLine text={curl} />
        </section>
        <section>
          <h3>On the command line of the server</h3>
          <CopyLine text="npx darkroom upload photo.jpg" />
        </section>
        <section>
          <h3>With JavaScript</h3>
          <CopyLine text={script} />
        </section>
      </div>
    </State>
  )
}
