import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { defineConfig, type HttpProxy, type Plugin } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const built = fileURLToPath(new URL('../dist/dashboard', import.meta.url))

/** Writes gzip and Brotli copies of the assets, as the service sends files and does not compress them. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    async closeBundle() {
      const folder = join(built, 'assets')
      const files = (await readdir(folder)).filter(name => /\.(js|css|svg)$/.test(name))
      await Promise.all(
        files.map(async name => {
          const data = await readFile(join(folder, name))
          await writeFile(join(folder, `${name}.gz`), await promisify(gzip)(data, { level: 9 }))
          await writeFile(join(folder, `${name}.br`), await promisify(brotliCompress)(data))
        }),
      )
    },
  }
}

/** The service that the pages call during development. */
const service = process.env.DARKROOM_PUBLIC_URL ?? `http://127.0.0.1:${process.env.PORT ?? 8080}`

/** Sessions are refreshed only for pages of the service's own origin. */
function configure(proxy: HttpProxy.ProxyServer): void {
  proxy.on('proxyReq', request => {
    if (request.hasHeader('origin')) request.setHeader('origin', new URL(service).origin)
  })
}

export default defineConfig({
  root: here,
  plugins: [compressed()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: built,
    emptyOutDir: true,
    target: 'es2022',
    // every browser of that target knows it
    modulePreload: { polyfill: false },
    // a data: URL would have to be allowed by the pages' policy
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      ['/api', '/processed', '/raw'].map(path => [path, { target: service, configure }]),
    ),
  },
})
