import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { defineConfig, type HttpProxy, type Plugin } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const built = fileURLToPath(new URL('../dist/dashboard', import.meta.url))

/** Writes gzip and Brotli copies of the assets, since the service does not compress files itself. */
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

/** The service that receives API calls during development. */
const service = process.env.DARKROOM_PUBLIC_URL ?? `http://127.0.0.1:${process.env.PORT ?? 8080}`

/** Rewrites the origin, since the service refreshes sessions only for pages of its own origin. */
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
    // every browser of that target supports it
    modulePreload: { polyfill: false },
    // the Content-Security-Policy does not allow `data:` URLs
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
  server: {
    host: '127.0.0.1',
    proxy: Object.fromEntries(
      ['/api/', '/healthz', '/processed/', '/raw/'].map(path => [path, { target: service, configure }]),
    ),
  },
})
