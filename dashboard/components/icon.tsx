/** Stroked paths in a 24 × 24 view box. */
const shapes = {
  library: 'M3 5h7v7H3zM14 5h7v4h-7zM14 13h7v6h-7zM3 16h7v3H3z',
  playground: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 4.5v5M9 14.5v5',
  keys: 'M14.5 9.5a4 4 0 1 0-3.2 3.9L13 15h2v2h2v2h3v-3l-5.7-5.3zM9.5 8.5h.01',
  usage: 'M4 20h16M7 16.500v-4M12 16.500V5M17 16.500V9',
  jobs: 'M12 3v4M12 17v4M3 12h4M17 12h4M5.6 5.6l2.9 2.9M15.5 15.5l2.9 2.9M18.4 5.6l-2.9 2.9M8.5 15.5l-2.9 2.9',
  presets: 'M5 4h14v16l-7-4-7 4zM9 9h6M9 12.500h4',
  webhooks: 'M5 12a7 7 0 0 1 14 0M8.5 12a3.5 3.5 0 0 1 7 0M12 12v8M12 12h.01',
  users:
    'M9 5a3.5 3.5 0 1 1 0 7 3.5 3.5 0 0 1 0-7zM2.5 19.500c.6-3 3.2-4.5 6.5-4.500s5.900 1.500 6.500 4.500M15.500 5.500a3.500 3.500 0 0 1 0 6M17.500 15.500c2.200.5 3.600 1.900 4 4',
  upload: 'M12 16V4M7 9l5-5 5 5M4 15v5h16v-5',
  search: 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5L21 21',
  close: 'M6 6l12 12M18 6L6 18',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  plus: 'M12 5v14M5 12h14',
  copy: 'M9 9h11v11H9zM15 9V4H4v11h5',
  trash: 'M4 7h16M9 7V4h6v3M6.5 7l1 13h9l1-13M10 11v5M14 11v5',
  tag: 'M4 4h8l8 8-8 8-8-8zM8 8h.01',
  retry: 'M20 12a8 8 0 1 1-2.4-5.7M20 4v4h-4',
  grip: 'M9 6h.01M15 6h.01M9 12h.01M15 12h.01M9 18h.01M15 18h.01',
  sun: 'M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2.5M12 19.500V22M2 12h2.500M19.5 12H22M4.9 4.900l1.8 1.800M17.3 17.300l1.8 1.800M19.1 4.900l-1.8 1.800M6.7 17.300l-1.8 1.8',
  moon: 'M20 14.500A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.500z',
  system: 'M4 5h16v11H4zM9 20h6M12 16v4',
  person: 'M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20c.8-3.5 3.8-5.5 7.5-5.500s6.7 2 7.5 5.5',
  undo: 'M9 5L4 10l5 5M4 10h10a6 6 0 0 1 0 12h-3',
  redo: 'M15 5l5 5-5 5M20 10H10a6 6 0 0 0 0 12h3',
  more: 'M5 12h.01M12 12h.01M19 12h.01',
  back: 'M14.5 5l-7 7 7 7',
  up: 'M5 15l7-7 7 7',
  folder: 'M3 6h6l2 2h10v11H3z',
  download: 'M12 4v12M7 11l5 5 5-5M4 16v4h16v-4',
  list: 'M4 6h16M4 12h16M4 18h16',
  down: 'M5 9l7 7 7-7',
  next: 'M9.500 5l7 7-7 7',
  external: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  warning: 'M12 4l9.5 16h-19zM12 10v4.500M12 17.300h.01',
  image: 'M4 5h16v14H4zM4 16l5-5 4 4 2.5-2.500L20 17M15.5 9h.01',
  target: 'M12 6a6 6 0 1 1 0 12 6 6 0 0 1 0-12zM12 2v5M12 17v5M2 12h5M17 12h5',
  save: 'M5 4h11l3 3v13H5zM8 4v5h7V4M8 20v-6h8v6',
  policies:
    'M12 3l8 3v5.5c0 4.800-3.300 8-8 9.500-4.700-1.500-8-4.700-8-9.500V6zM8.500 12l2.500 2.500 4.500-4.500',
  audit: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 7.500V12l3 2',
  fallback: 'M8 4h12v12M4 8h12v12H4zM4 17l4-4 3 3 2-2 3 3',
  purge: 'M13.500 5l5.500 5.500L10.500 19H7l-3-3zM8.500 10l5.500 5.500M12 19h8',
  takedowns: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM6.500 6.500l11 11',
  code: 'M8 7l-5 5 5 5M16 7l5 5-5 5M13.500 5l-3 14',
  import: 'M12 4v11M7 10.500l5 5 5-5M4 15v5h16v-5',
  link: 'M10 14l4-4M8.5 11.500l-2 2a3.5 3.5 0 0 0 5 5l2-2M15.5 12.500l2-2a3.5 3.5 0 0 0-5-5l-2 2',
} as const

export type IconName = keyof typeof shapes

/** A decorative icon, hidden from screen readers. Use it beside text, or in a button with a label. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg
      class="icon"
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width={shapes[name].includes('h.01M') ? 2.6 : 1.6}
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={shapes[name]} />
    </svg>
  )
}
