import type { EdgeProvider } from '../edge-provider.ts'
import { apiBaseOf, serviceIdOf } from '../purge-url.ts'

/**
 * `fastly://<serviceId>`: https://www.fastly.com/documentation/reference/api/purging/. What is purged is gone at once: a
 * soft purge would go on to serve it while the origin is asked.
 */
const fastly: EdgeProvider = {
  name: 'fastly',
  protocols: ['fastly:'],
  maxTags: 256,
  open(place, token) {
    const url = `${apiBaseOf(place, 'https://api.fastly.com')}/service/${serviceIdOf(place)}/purge`
    const headers = { 'fastly-key': token, accept: 'application/json' }
    return ({ tags }) => ({ url, headers, body: JSON.stringify({ surrogate_keys: tags }) })
  },
  tagHeaders: tags => ({ 'surrogate-key': tags.join(' ') }),
}

export default fastly
