import type { PolicyRules } from './api-derivative-types.ts'

/** From the smallest icon to the widest screen of the frameworks' defaults; heights also of tall crops. */
const sides = { w: { min: 16, max: 3840 }, h: { min: 1, max: 8192 } } as const
const encode = { q: { min: 1, max: 100 } } as const
const framing = { ...sides, fit: true, g: true, bg: true } as const
/** The formats of browsers. The others cost more and show on fewer devices. */
const formats = ['auto', 'avif', 'webp', 'jpg', 'png'] as const

/**
 * Policies that allow what each framework asks for, and nothing else. Operations that a source URL has besides, such as
 * a text, must be added, with the range that their options have at all sizes.
 */
export const policyTemplates = {
  /** `next/image` sets a width and a quality. */
  next: { operations: { resize: sides, encode }, formats },
  /** Nuxt Image sets any of its modifiers. */
  nuxt: { operations: { resize: framing, encode, blur: { s: { min: 0.3, max: 250 } } }, formats },
  /** unpic sets a width and the height that the aspect ratio gives, and what its `operations` say. */
  unpic: { operations: { resize: framing, encode }, formats },
  /** Astro's `<Image>` and `<Picture>` set a size, a fit, a format and a quality. */
  astro: { operations: { resize: framing, encode }, formats },
} as const satisfies Readonly<Record<string, PolicyRules>>
