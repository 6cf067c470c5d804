import { createHmac } from 'node:crypto'
import type { EdgeProvider } from '../edge-provider.ts'
import { checkPurgeUrl } from '../purge-url.ts'

/**
 * `https://host/path`: anything that checks `Darkroom-Signature: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`.
 * The time is that of the call, so that an old one cannot be sent again.
 */
const generic: EdgeProvider = {
  name: 'generic',
  protocols: ['https:', 'http:'],
  maxTags: 100,
  open(place, secret) {
    checkPurgeUrl(place)
    const { href: url } = place
    return ({ tags, reason, at }) => {
      const body = JSON.stringify({ tags, reason, at })
      const t = Math.floor(Date.now() / 1000)
      const v1 = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')
      return { url, headers: { 'darkroom-signature': `t=${t},v1=${v1}` }, body }
    }
  },
}

export default generic
