import { createClient } from '@darkroom-cdn/client'

// the secret stays on the server, and the page gets one signed URL
export default defineEventHandler(() => {
  const {
    DARKROOM_URL = '',
    DARKROOM_USER = '',
    DARKROOM_KEY = '',
    DARKROOM_SECRET = '',
    DARKROOM_IMAGE = '',
  } = process.env
  const images = createClient({
    baseUrl: DARKROOM_URL,
    userId: DARKROOM_USER,
    keyId: DARKROOM_KEY,
    secret: DARKROOM_SECRET,
  })
  return images.url(DARKROOM_IMAGE, [], { policy: 'nuxt' })
})
