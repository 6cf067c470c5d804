import './styles/tokens.css'
import './styles/base.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { followLinks } from './location.ts'
import { restoreSession } from './session.ts'

document.addEventListener('click', followLinks)
const root = document.getElementById('app')
if (root) render(<App />, root)
restoreSession()
