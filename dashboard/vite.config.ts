import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

const here = fileURLToPath(new URL('.', import.meta.url))
const built = fileURLToPath(new URL('../dist/dashboard', import.meta.url))

/** Writes what is worth it a second and a third time, compressed: the service sends files and does not compress them. */
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
    // a service that runs beside: npm run dev
    proxy: Object.fromEntries(
      ['/api', '/processed', '/raw'].map(path => [
        path,
        process.env.DARKROOM_PUBLIC_URL ?? 'http://127.0.0.1:8080',
      ]),
    ),
  },
})
