import t from '../../test/support/tap.ts'
import { ArchiveNames } from './archive-names.ts'

t.test('names in an archive are unique, harmless and keep their extension', async t => {
  const names = new ArchiveNames()
  const cases: [wanted: string, format: string, name: string][] = [
    ['boat.jpg', 'jpg', 'boat.jpg'],
    ['BOAT.JPG', 'jpg', 'BOAT (2).jpg'],
    ['boat.jpg', 'jpg', 'boat (3).jpg'],
    ['boat (2).jpg', 'jpg', 'boat (2) (2).jpg'],
    ['boat.jpeg', 'png', 'boat.png'],
    ['no extension', 'webp', 'no extension.webp'],
    ['../../etc/passwd', 'jpg', '_.._etc_passwd.jpg'],
    ['/etc/passwd.jpg', 'jpg', '_etc_passwd.jpg'],
    ['C:\\Windows\\a.jpg', 'jpg', 'C__Windows_a.jpg'],
    ['..', 'jpg', 'image.jpg'],
    ['.jpg', 'jpg', 'image (2).jpg'],
    ['', 'jpg', 'image (3).jpg'],
    ['con.jpg', 'jpg', '_con.jpg'],
    ['Lpt1.backup.jpg', 'jpg', '_Lpt1.backup.jpg'],
    ['console.jpg', 'jpg', 'console.jpg'],
    ['a\u202Egpj.exe', 'jpg', 'agpj.exe.jpg'],
    ['line\nbreak\0.jpg', 'jpg', 'linebreak.jpg'],
    ['trailing. .jpg', 'jpg', 'trailing.jpg'],
    ['.hidden.jpg', 'jpg', 'hidden.jpg'],
    ['-rf.jpg', 'jpg', 'rf.jpg'],
    ['Tür 船.jpg', 'jpg', 'Tür 船.jpg'],
    ['Tu\u0308r 船.jpg', 'jpg', 'Tür 船 (2).jpg'],
  ]
  for (const [wanted, format, name] of cases) t.equal(names.add(wanted, format), name, wanted)
  const long = names.add(`${'ü'.repeat(300)}.jpg`, 'jpg')
  t.equal(Buffer.byteLength(long), 184)
  t.equal(names.add('errors.txt', 'txt'), 'errors (2).txt', 'the list of errors keeps its name')
})

t.test('many files of the same name get their numbers in linear time', async t => {
  let lookUps = 0
  class CountingSet extends Set<string> {
    override has(name: string) {
      lookUps++
      return super.has(name)
    }
  }
  const names = new ArchiveNames(new CountingSet())
  // names that other files have taken already
  for (let number = 2; number <= 300; number++) names.add(`boat (${number}).jpg`, 'jpg')
  const added = Array.from({ length: 600 }, () => names.add('Boat.jpg', 'jpg'))
  t.strictSame([added[0], added[1], added.at(-1)], ['Boat.jpg', 'Boat (301).jpg', 'Boat (899).jpg'])
  t.ok(lookUps < 2_000, `${lookUps} look-ups`)
})
