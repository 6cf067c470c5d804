import type { EdgeProvider } from '../edge-provider.ts'
import { apiBaseOf, serviceIdOf } from '../purge-url.ts'

/** `cloudflare://<zoneId>`: https://developers.cloudflare.com/api/resources/cache/methods/purge */
const cloudflare: EdgeProvider = {
  name: 'cloudflare',
  protocols: ['cloudflare:'],
  maxTags: 100,
  open(location, token) {
    const url = `${apiBaseOf(location, 'https://api.cloudflare.com')}/client/v4/zones/${serviceIdOf(location)}/purge_cache`
    const headers = { authorization: `Bearer ${token}` }
    return ({ tags }) => ({ url, headers, body: JSON.stringify({ tags }) })
  },
  // Cloudflare separates tags by commas, and no tag contains a space
  tagHeaders: tags => ({ 'cache-tag': tags.join(',') }),
  isFailure: body => /"success"\s*:\s*false/.test(body),
}

export default cloudflare
