export { default, getImage } from '@darkroom-cdn/client/nuxt'
