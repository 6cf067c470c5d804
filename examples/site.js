import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { extname, join, normalize } from 'node:path'

/** Where the frameworks write a static website. */
const outputs = ['out', '.output/public', 'dist']
const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.json': 'application/json',
}
/** The time limit of an installation and of a build, in milliseconds. */
const limitMs = 600_000

/** Installs the dependencies with the packed client, and builds. @returns the folder of the static website */
export function buildSite(folder, client, env) {
  const run = (...args) =>
    execFileSync('npm', args, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe', timeout: limitMs })
  run('install', '--no-audit', '--no-fund', '--prefer-offline', client)
  run('run', 'build')
  const output = outputs.map(name => join(folder, name)).find(path => existsSync(join(path, 'index.html')))
  if (output === undefined) throw new Error(`no index.html in any of ${outputs.join(', ')}`)
  return output
}

/** The installed versions of the dependencies. */
export function versionsOf(folder) {
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const versions = Object.keys(dependencies).map(name => {
    const { version } = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'))
    return `${name} ${version}`
  })
  return versions.join(', ')
}

/** Serves the files of a folder. */
export async function serveFolder(folder) {
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost')
    const path = join(folder, normalize(decodeURIComponent(pathname)))
    try {
      const file = pathname.endsWith('/') ? join(path, 'index.html') : path
      const body = await readFile(file)
      response.setHeader('content-type', types[extname(file)] ?? 'application/octet-stream')
      response.end(body)
    } catch {
      response.writeHead(404).end()
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close() {
      server.closeAllConnections()
      return new Promise(resolve => server.close(resolve))
    },
  }
}
