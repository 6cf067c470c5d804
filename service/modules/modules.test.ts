import { writeFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import t, { type Test } from '../test/support/tap.ts'
import { findModules, loadModules } from './modules.ts'

/** A folder with these files, removed with the test. */
async function folderOf(t: Test, files: Record<string, string>): Promise<URL> {
  const folder = pathToFileURL(`${t.testdir()}/`)
  await writeFile(new URL('package.json', folder), '{"type":"module"}')
  for (const [name, text] of Object.entries(files)) await writeFile(new URL(name, folder), text)
  return folder
}

const named = (name: string) => `export default { name: '${name}' }`

t.test('modules are found under .js and .ts, without tests, declarations and maps', async t => {
  const folder = await folderOf(t, {
    'compiled.js': '',
    'written.ts': '',
    'compiled.d.ts': '',
    'compiled.js.map': '',
    'compiled.test.js': '',
    'written.test.ts': '',
    'written.test.data.ts': '',
    'README.md': '',
  })
  t.strictSame([...(await findModules(folder)).keys()], ['compiled', 'written'])
})

t.test('default exports are loaded by name, in alphabetical order', async t => {
  const folder = await folderOf(t, { 'user-list.js': named('user list'), 'alone.js': named('alone') })
  t.strictSame(
    [...(await loadModules(folder))],
    [
      ['alone', { name: 'alone' }],
      ['user list', { name: 'user list' }],
    ],
  )
})

t.test('a module without a proper default export is an error that names the file', async t => {
  const wrong: [text: string, message: RegExp][] = [
    ['export const name = "one"', /one\.js: the default export is missing or has no name/],
    ['export default {}', /one\.js: the default export is missing or has no name/],
    ['export default null', /one\.js: the default export is missing or has no name/],
    [named('two'), /one\.js: the default export is named "two", not "one"/],
  ]
  for (const [text, message] of wrong)
    await t.test(text, async t => {
      await t.rejects(loadModules(await folderOf(t, { 'one.js': text })), { message })
    })
})
