import { policyTemplates } from '../../../service/client/policy-templates.ts'
import type { PolicyRules } from '../../api-types.ts'
import astroService from './snippets/astro-service.txt?raw'
import nextLoader from './snippets/next-loader.txt?raw'
import nextPage from './snippets/next-page.txt?raw'
import nuxtProvider from './snippets/nuxt-provider.txt?raw'
import picturePage from './snippets/picture-page.txt?raw'
import signing from './snippets/sign.txt?raw'
import unpicPage from './snippets/unpic-page.txt?raw'

/** A file of a website that uses Darkroom. */
export interface Snippet {
  readonly file: string
  readonly code: string
}

/** A way to show images of Darkroom on a website. */
export interface Framework {
  readonly name: string
  readonly label: string
  readonly summary: string
  /** The rules of a new policy. */
  readonly rules: PolicyRules
  /** What a website needs besides the code that signs. `base` is the service's address. */
  readonly snippets: (base: string) => readonly Snippet[]
}

const onPage = 'A page'

/** The templates of new policies. The client package states which operations and formats an adapter needs. */
export const frameworks: readonly Framework[] = [
  {
    name: 'next',
    label: 'Next.js',
    summary: 'next/image sets a width and a quality',
    rules: policyTemplates.next,
    snippets: () => [
      {
        file: 'next.config.mjs',
        code: "export default {\n  images: { loader: 'custom', loaderFile: './darkroom.ts' },\n}",
      },
      { file: 'darkroom.ts', code: nextLoader },
      { file: onPage, code: nextPage },
    ],
  },
  {
    name: 'nuxt',
    label: 'Nuxt Image',
    summary: 'size, fit, gravity, quality, background and blur',
    rules: policyTemplates.nuxt,
    snippets: base => [
      {
        file: 'nuxt.config.ts',
        code: `image: {
  provider: 'darkroom',
  providers: { darkroom: { provider: '~/providers/darkroom.ts', options: { baseURL: '${base}' } } },
}`,
      },
      { file: 'providers/darkroom.ts', code: nuxtProvider },
      {
        file: onPage,
        code: '<NuxtImg :src="signedUrl" width="800" height="600" sizes="100vw md:800px" alt="A boat" />',
      },
    ],
  },
  {
    name: 'unpic',
    label: 'unpic',
    summary: 'size, fit, gravity, quality and format',
    rules: policyTemplates.unpic,
    snippets: () => [{ file: onPage, code: unpicPage }],
  },
  {
    name: 'astro',
    label: 'Astro',
    summary: '<Image> and <Picture> set size, fit, format and quality',
    rules: policyTemplates.astro,
    snippets: () => [
      { file: 'astro.config.mjs', code: "image: { service: { entrypoint: './src/darkroom.ts' } }" },
      { file: 'src/darkroom.ts', code: astroService },
      { file: onPage, code: '<Image src={signedUrl} width={800} height={600} alt="A boat" />' },
    ],
  },
  {
    name: 'web',
    label: 'Your own',
    summary: 'widths in any format; add what your pages need',
    rules: { operations: { resize: { w: { min: 16, max: 3840 } } } },
    snippets: () => [{ file: onPage, code: picturePage }],
  },
]

/** The code that signs, on a server. */
export function signingCode(base: string, userId: string, policy: string): string {
  return signing.replace('{base}', base).replace('{user}', userId).replace('{policy}', policy)
}

/** The framework that a policy was made for, by its name; otherwise the one without a framework. */
export function frameworkOf(policy: { readonly name: string }): Framework | undefined {
  return frameworks.find(({ name }) => policy.name === name) ?? frameworks.at(-1)
}
