import { api } from '../../api.ts'
import { copyText } from '../../components/copy.tsx'
import type { IconName } from '../../components/icon.tsx'
import { showError, showToast } from '../../components/toast.tsx'
import { navigate, path } from '../../location.ts'
import { apiReference, placeGroups } from '../../places.ts'
import { mayWritePresets, signOut } from '../../session.ts'
import { setTheme, type Theme, theme } from '../../theme.ts'
import { upload } from '../../uploads/queue.ts'

/** Something that the palette offers. */
export interface Command {
  readonly id: string
  readonly label: string
  readonly icon: IconName
  /** Further words by which it is found. */
  readonly words?: string
  /** A picture instead of the icon. */
  readonly thumbnail?: string | undefined
  readonly run: () => void
}

const goTo = (label: string, icon: IconName, to: string, words = ''): Command => ({
  id: `go-${to.slice(1) || 'library'}`,
  label,
  icon,
  words,
  run: () => navigate(to),
})

/** All views that the user may open. */
export function viewCommands(): Command[] {
  return [
    ...placeGroups().flatMap(({ places }) => places.map(({ label, icon, to }) => goTo(label, icon, to))),
    goTo('Import from URLs', 'import', '/import', 'upload'),
    goTo('Deleted images', 'trash', '/deleted', 'restore'),
    goTo('Account', 'person', '/account', 'limits usage profile'),
    goTo('Change password', 'keys', '/password'),
  ]
}

const themes: readonly { readonly name: Theme; readonly label: string; readonly icon: IconName }[] = [
  { name: 'dark', label: 'Switch to the dark theme', icon: 'moon' },
  { name: 'light', label: 'Switch to the light theme', icon: 'sun' },
  { name: 'system', label: "Switch to the system's theme", icon: 'system' },
]

/** Actions that are possible on the current page. */
export function actionCommands(): Command[] {
  const [, view, imageId] = path.value.split('/')
  const hasImage = (view === 'images' || view === 'playground') && imageId
  return [
    // the service refuses this URL, which has no preset, to users with presets only
    ...(hasImage && mayWritePresets() ? [copyUrlCommand(imageId)] : []),
    { id: 'upload', label: 'Upload images', icon: 'upload', words: 'add files', run: pickFiles },
    ...themes
      .filter(({ name }) => name !== theme.value)
      .map(
        ({ name, label, icon }): Command => ({
          id: `theme-${name}`,
          label,
          icon,
          words: 'appearance colours',
          run: () => setTheme(name),
        }),
      ),
    {
      id: 'api-reference',
      label: 'API reference',
      icon: 'code',
      words: 'docs help openapi',
      run: () => open(apiReference, '_blank', 'noreferrer'),
    },
    { id: 'sign-out', label: 'Sign out', icon: 'back', words: 'logout', run: signOut },
  ]
}

function copyUrlCommand(imageId: string): Command {
  const run = async () => {
    try {
      const { url } = await api.sign({ imageId, operations: [], format: 'auto' })
      if (!(await copyText(url))) throw new Error('the browser does not let this page copy')
      showToast('URL copied')
    } catch (error) {
      showError(error)
    }
  }
  return { id: 'copy-url', label: 'Copy URL of this image', icon: 'copy', words: 'link sign', run }
}

function pickFiles(): void {
  const input = document.createElement('input')
  input.type = 'file'
  input.multiple = true
  input.accept = 'image/*,application/pdf,.avif,.heic,.heif,.jxl'
  input.onchange = () => upload([...(input.files ?? [])]).catch(showError)
  input.click()
}

/** The commands that have, for every word of a text, a word that begins with it. Those that begin with the text come first. */
export function matching(commands: readonly Command[], text: string): Command[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const found = commands.filter(({ label, words: more = '' }) => {
    const own = `${label} ${more}`.toLowerCase().split(' ')
    return words.every(word => own.some(one => one.startsWith(word)))
  })
  const begins = ({ label }: Command) => label.toLowerCase().startsWith(words.join(' '))
  return [...found.filter(begins), ...found.filter(one => !begins(one))]
}
