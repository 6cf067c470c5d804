import type { EdgeKind } from '../kind.ts'
import { apiBase, placeId } from '../place.ts'

/** `cloudflare://<zoneId>`: https://developers.cloudflare.com/api/resources/cache/methods/purge */
const cloudflare: EdgeKind = {
  name: 'cloudflare',
  protocols: ['cloudflare:'],
  mostTags: 100,
  open(place, token) {
    const url = `${apiBase(place, 'https://api.cloudflare.com')}/client/v4/zones/${placeId(place)}/purge_cache`
    const headers = { authorization: `Bearer ${token}` }
    return ({ tags }) => ({ url, headers, body: JSON.stringify({ tags }) })
  },
  // it takes what stands between commas, and a space is part of no tag
  tagHeaders: tags => ({ 'cache-tag': tags.join(',') }),
  isRefusal: answer => /"success"\s*:\s*false/.test(answer),
}

export default cloudflare
