import t from '../test/support/tap.ts'
import { downloadFileName } from './download-name.ts'

t.test('download names: the extension fits the delivered format', async t => {
  const cases: [name: string, format: string, saved: string][] = [
    ['Dune', 'avif', 'Dune.avif'],
    ['Dune.jpg', 'avif', 'Dune.avif'],
    ['Dune.JPEG', 'jpg', 'Dune.JPEG'],
    ['scan.tif', 'tiff', 'scan.tif'],
    ['scan.TIF', 'webp', 'scan.webp'],
    ['report.pdf', 'jpg', 'report.jpg'],
    ['report.pdf', 'pdf', 'report.pdf'],
    ['v1.2', 'png', 'v1.2.png'],
    ['invoice.exe', 'png', 'invoice.exe.png'],
    ['a.jpg.png', 'webp', 'a.jpg.webp'],
    ['Dune.', 'webp', 'Dune..webp'],
    ['toString.constructor', 'webp', 'toString.constructor.webp'],
    ['facts.jpg', 'json', 'facts.json'],
  ]
  for (const [name, format, saved] of cases) t.equal(downloadFileName(name, format), saved)
})
