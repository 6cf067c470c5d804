// Builds a release into dist-release/: the packages of the service and of the client, a bill of materials, licences,
// checksums and, where Docker is, the image. Two runs of the same commit with the same versions of Node and npm give the
// same bytes, whatever the time and the folder. `--no-image` leaves the image out.
import { execFileSync, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { collectLicences } from './licences.js'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const out = join(root, 'dist-release')
const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

const run = (program, args, options = {}) =>
  execFileSync(program, args, { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, ...options })
const show = (program, args) => run(program, args, { stdio: 'inherit' })
const sha256 = bytes => createHash('sha256').update(bytes).digest('hex')

/** The time of the release in seconds: `SOURCE_DATE_EPOCH`, or that of the commit. */
function readEpoch() {
  const given = process.env.SOURCE_DATE_EPOCH || run('git', ['log', '-1', '--format=%ct']).trim()
  if (!/^\d{1,12}$/.test(given)) throw new Error('SOURCE_DATE_EPOCH: must be a time in seconds')
  return Number(given)
}

/** Builds everything anew, because a build that goes on may keep files of an earlier commit. */
function buildPackages() {
  for (const folder of ['dist', 'client/dist', 'dist-release'])
    rmSync(join(root, folder), { recursive: true, force: true })
  show(process.execPath, ['config/build.js'])
  mkdirSync(out)
  const { text, mistakes } = collectLicences(root)
  if (mistakes.length > 0) throw new Error(`licences that were not accepted: ${mistakes.join(', ')}`)
  for (const folder of ['dist', 'dist-release'])
    writeFileSync(join(root, folder, 'THIRD-PARTY-LICENCES.txt'), text)
  // npm writes a fixed time into its archives
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', out])
  run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', out, '--workspace', 'client'])
}

/** Writes the bill of materials of npm, without what differs from run to run: the time, the folder and a random number. */
function writeBill(epoch) {
  const bill = JSON.parse(
    run('npm', ['sbom', '--omit=dev', '--sbom-format=cyclonedx', '--sbom-type=application']),
  )
  bill.metadata.timestamp = new Date(epoch * 1000).toISOString()
  bill.metadata.component.name = name
  delete bill.serialNumber
  const hash = sha256(JSON.stringify(bill))
  const parts = [
    hash.slice(0, 8),
    hash.slice(8, 12),
    `5${hash.slice(13, 16)}`,
    `8${hash.slice(17, 20)}`,
    hash.slice(20, 32),
  ]
  bill.serialNumber = `urn:uuid:${parts.join('-')}`
  writeFileSync(join(out, `${name}-${version}.cdx.json`), `${JSON.stringify(bill, null, 2)}\n`)
}

/** Builds the image as an OCI archive. Its times are those of the release; its Debian packages are those of the day. */
function buildImage(epoch) {
  if (spawnSync('docker', ['buildx', 'version']).status !== 0)
    return console.log('no image: there is no docker buildx')
  const output = `type=oci,dest=${join(out, `${name}-${version}.oci.tar`)},rewrite-timestamp=true`
  const args = ['buildx', 'build', '--output', output, '--build-arg', `SOURCE_DATE_EPOCH=${epoch}`]
  show('docker', [...args, '--tag', `${name}:${version}`, '.'])
}

function writeChecksums() {
  const files = readdirSync(out)
    .filter(file => file !== 'SHA256SUMS')
    .sort()
  const lines = files.map(file => `${sha256(readFileSync(join(out, file)))}  ${file}\n`)
  writeFileSync(join(out, 'SHA256SUMS'), lines.join(''))
  process.stdout.write(lines.join(''))
}

try {
  const epoch = readEpoch()
  process.env.SOURCE_DATE_EPOCH = String(epoch)
  if (run('git', ['status', '--porcelain']).trim() !== '')
    console.warn('the release contains changes that are not committed')
  buildPackages()
  writeBill(epoch)
  if (!process.argv.includes('--no-image')) buildImage(epoch)
  writeChecksums()
} catch (error) {
  console.error(`release: ${error.message}`)
  process.exitCode = 1
}
