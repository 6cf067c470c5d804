'use client'
export { default } from '@darkroom-cdn/client/next'
