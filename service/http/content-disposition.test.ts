import t from '../test/support/tap.ts'
import { attachment } from './content-disposition.ts'

t.test('attachment: a name is written in ASCII, and in UTF-8 where that differs', async t => {
  const cases: [name: string, header: string][] = [
    ['Dune.jpg', 'attachment; filename="Dune.jpg"'],
    ["Ann's (1).png", `attachment; filename="Ann's (1).png"`],
    ['Über Öl.webp', `attachment; filename="Uber Ol.webp"; filename*=UTF-8''%C3%9Cber%20%C3%96l.webp`],
    ['日本.jpg', `attachment; filename="__.jpg"; filename*=UTF-8''%E6%97%A5%E6%9C%AC.jpg`],
    ['🏜.jpg', `attachment; filename="_.jpg"; filename*=UTF-8''%F0%9F%8F%9C.jpg`],
    ['100%.gif', `attachment; filename="100_.gif"; filename*=UTF-8''100%25.gif`],
    ['a";b="c\\.gif', `attachment; filename="a_;b=_c_.gif"; filename*=UTF-8''a%22%3Bb%3D%22c%5C.gif`],
    ['．．／a.jpg', `attachment; filename="___a.jpg"; filename*=UTF-8''%EF%BC%8E%EF%BC%8E%EF%BC%8Fa.jpg`],
    ['\u{fdfa}.jpg', `attachment; filename="_.jpg"; filename*=UTF-8''%EF%B7%BA.jpg`],
    ["*(é)'.gif", `attachment; filename="*(e)'.gif"; filename*=UTF-8''%2A%28%C3%A9%29%27.gif`],
  ]
  for (const [name, header] of cases) t.equal(attachment(name), header)
})
