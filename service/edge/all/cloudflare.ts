import type { EdgeProvider } from '../edge-provider.ts'
import { apiBaseOf, serviceIdOf } from '../purge-url.ts'

/** `cloudflare://<zoneId>`: https://developers.cloudflare.com/api/resources/cache/methods/purge */
const cloudflare: EdgeProvider = {
  name: 'cloudflare',
  protocols: ['cloudflare:'],
  maxTags: 100,
  open(place, token) {
    const url = `${apiBaseOf(place, 'https://api.cloudflare.com')}/client/v4/zones/${serviceIdOf(place)}/purge_cache`
    const headers = { authorization: `Bearer ${token}` }
    return ({ tags }) => ({ url, headers, body: JSON.stringify({ tags }) })
  },
  // it takes what stands between commas, and a space is part of no tag
  tagHeaders: tags => ({ 'cache-tag': tags.join(',') }),
  isFailure: answer => /"success"\s*:\s*false/.test(answer),
}

export default cloudflare
