import { transform } from '@darkroom-cdn/client/unpic'
import type { ExternalImageService, ImageTransform } from 'astro'

/** The densities of the `srcset`. */
const densities = [1, 2]

const urlOf = ({ src, width, height, format, fit, quality }: ImageTransform) =>
  typeof src === 'string'
    ? transform(src, { width, height, format, fit, quality: Number(quality) || undefined })
    : src.src

/** An image service for Astro: Darkroom renders, and Astro only writes URLs. */
const service: ExternalImageService = {
  getURL: options => urlOf(options),
  getSrcSet: options =>
    densities.map(density => ({
      transform: {
        ...options,
        width: options.width && options.width * density,
        height: options.height && options.height * density,
      },
      descriptor: `${density}x` as const,
      attributes: {},
    })),
  getHTMLAttributes: ({ src, format, fit, quality, ...attributes }) => ({
    loading: 'lazy',
    decoding: 'async',
    ...attributes,
  }),
}

export default service
