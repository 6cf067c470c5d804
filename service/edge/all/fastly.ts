import type { EdgeProvider } from '../edge-provider.ts'
import { apiBaseOf, serviceIdOf } from '../purge-url.ts'

/**
 * `fastly://<serviceId>`: https://www.fastly.com/documentation/reference/api/purging/. Purged responses are removed at
 * once. A soft purge would keep serving them while the origin is asked.
 */
const fastly: EdgeProvider = {
  name: 'fastly',
  protocols: ['fastly:'],
  maxTags: 256,
  open(location, token) {
    const url = `${apiBaseOf(location, 'https://api.fastly.com')}/service/${serviceIdOf(location)}/purge`
    const headers = { 'fastly-key': token, accept: 'application/json' }
    return ({ tags }) => ({ url, headers, body: JSON.stringify({ surrogate_keys: tags }) })
  },
  tagHeaders: tags => ({ 'surrogate-key': tags.join(' ') }),
}

export default fastly
