import { createHmac } from 'node:crypto'
import type { EdgeProvider } from '../edge-provider.ts'
import { checkPurgeUrl } from '../purge-url.ts'

/**
 * `https://host/path`: any receiver that verifies
 * `Darkroom-Signature: t=<Unix seconds>,v1=<hex HMAC-SHA256 of "<t>.<body>">`.
 * The time of the request is signed too, so that receivers can reject a replay.
 */
const generic: EdgeProvider = {
  name: 'generic',
  protocols: ['https:', 'http:'],
  maxTags: 100,
  open(location, secret) {
    checkPurgeUrl(location)
    const { href: url } = location
    return ({ tags, reason, at }) => {
      const body = JSON.stringify({ tags, reason, at })
      const t = Math.floor(Date.now() / 1000)
      const v1 = createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')
      return { url, headers: { 'darkroom-signature': `t=${t},v1=${v1}` }, body }
    }
  },
}

export default generic
