import t from '../test/support/tap.ts'
import {
  derivativeKey,
  derivativePrefixes,
  originalKey,
  originalPrefix,
  pageKey,
  rungKey,
  rungPrefix,
  versionPrefixes,
} from './keys.ts'
import { isObjectKey } from './object-key.ts'

const [user, id] = ['abcdef', 'image1']

t.test(
  'keys of a replaced original begin with the prefixes of the image, and differ from the first ones',
  async t => {
    const name = `${id}_resize_w-300.webp`
    t.equal(derivativeKey(user, name), `processed/abcdef/${name}`)
    const later = derivativeKey(user, name, 'w1')
    t.equal(later, 'processed/abcdef/image1.w1_resize_w-300.webp')
    t.not(later, derivativeKey(user, name, 'w2'))
    t.ok(derivativePrefixes(user, id).some(prefix => later.startsWith(prefix)))
    t.equal(originalKey(user, id, 'jpg', 'w1'), 'raw/abcdef/image1-orig.w1.jpg')
    t.ok(originalKey(user, id, 'jpg', 'w1').startsWith(originalPrefix(user, id)))

    for (const version of [null, 'w1', 'p1', 'w12']) {
      const image = { userId: user, imageId: id, version }
      for (const key of [rungKey(image, 640, 'png'), pageKey(image, 1)]) {
        t.ok(key.startsWith(rungPrefix(user, id)))
        const owners = [null, 'w1', 'p1', 'w12'].filter(other =>
          versionPrefixes({ ...image, version: other }).some(prefix => key.startsWith(prefix)),
        )
        t.strictSame(owners, [version], `${key} belongs to one version`)
      }
    }
  },
)

t.test('a key with a version is never longer than S3 allows', async t => {
  const longest = (last: string) => `${id}_text_t-${'x'.repeat(960)}${last}.webp`
  const [one, other] = [derivativeKey(user, longest('a'), 'w1'), derivativeKey(user, longest('b'), 'w1')]
  t.ok(longest('a').length < 1000)
  for (const length of [980, 1000, 1006]) {
    const key = derivativeKey(user, `${id}_text_t-${'x'.repeat(length - 19)}.webp`, '0123456789abcdef')
    t.ok(key.length <= 1024 && isObjectKey(key), `${key.length} bytes`)
    t.ok(derivativePrefixes(user, id).some(prefix => key.startsWith(prefix)))
  }
  t.not(one, other)
})
