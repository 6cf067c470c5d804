import { picture, readGrant } from '@darkroom-cdn/client'

/** A `<picture>` as data. A server signed the URL with a policy, and the API told it the size of the original. */
export const boat = picture(readGrant(import.meta.env.VITE_DARKROOM_SIGNED), {
  operations: [{ op: 'resize', w: 800, h: 600 }],
  widths: [400, 800, 1600],
  sizes: '(max-width: 800px) 100vw, 800px',
  original: { width: 1600, height: 1200 },
})
