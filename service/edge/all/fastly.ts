import type { EdgeKind } from '../kind.ts'
import { apiBase, placeId } from '../place.ts'

/**
 * `fastly://<serviceId>`: https://www.fastly.com/documentation/reference/api/purging/. What is purged is gone at once: a
 * soft purge would go on to serve it while the origin is asked.
 */
const fastly: EdgeKind = {
  name: 'fastly',
  protocols: ['fastly:'],
  mostTags: 256,
  open(place, token) {
    const url = `${apiBase(place, 'https://api.fastly.com')}/service/${placeId(place)}/purge`
    const headers = { 'fastly-key': token, accept: 'application/json' }
    return ({ tags }) => ({ url, headers, body: JSON.stringify({ surrogate_keys: tags }) })
  },
  tagHeaders: tags => ({ 'surrogate-key': tags.join(' ') }),
}

export default fastly
