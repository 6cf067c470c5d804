export default defineNuxtConfig({
  modules: ['@nuxt/image'],
  compatibilityDate: '2026-01-01',
  telemetry: false,
  image: {
    provider: 'darkroom',
    providers: { darkroom: { provider: '~/providers/darkroom.ts' } },
  },
})
