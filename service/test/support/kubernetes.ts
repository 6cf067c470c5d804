/** The fields of a Kubernetes object that the tests read. */
export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly labels?: Readonly<Record<string, string>> }
  readonly data?: Readonly<Record<string, string>>
  readonly stringData?: Readonly<Record<string, string>>
  // biome-ignore lint/suspicious/noExplicitAny: each kind has another one, which is validated
  readonly spec: any
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string }
}

interface Container {
  readonly args: readonly string[]
  readonly env: readonly { readonly name: string; readonly value: string }[]
  readonly envFrom: readonly {
    readonly configMapRef?: { readonly name: string }
    readonly secretRef?: { readonly name: string }
  }[]
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
  readonly volumeMounts: readonly { readonly mountPath: string }[]
  readonly securityContext: unknown
  readonly startupProbe: Probe
  readonly readinessProbe: Probe
  readonly livenessProbe: Probe
}

interface Pod {
  readonly containers: readonly Container[]
  readonly volumes: readonly { readonly emptyDir?: { readonly sizeLimit: string } }[]
  readonly securityContext: unknown
  readonly automountServiceAccountToken: boolean
  readonly enableServiceLinks: boolean
  readonly terminationGracePeriodSeconds: number
}

/** The pod of a Deployment. */
export const podOf = ({ spec }: KubernetesObject): Pod => spec.template.spec

/**
 * The mistakes of an object by the schema of its kind: wrong values, and fields that the schema does not know. The schema
 * allows unknown fields, but reads only those that it knows, so a field that it has not read is unknown.
 */
export async function mistakesOf(object: KubernetesObject): Promise<string[]> {
  const { apiVersion, kind } = object
  const { [kind]: Model } = await import(`kubernetes-models/${apiVersion}/${kind}`)
  const mistakes: string[] = []
  const read = new Set<string>()
  const model = new Model(object)
  for (const [key, value] of Object.entries(model)) model[key] = watched(value, `/${key}`, read)
  try {
    model.validate()
  } catch (error) {
    mistakes.push(error instanceof Error ? error.message : String(error))
  }
  for (const path of pathsOf(object.spec, '/spec'))
    if (!read.has(path)) mistakes.push(`${path}: unknown field`)
  return mistakes
}

/** A copy that adds the path of each property that is read to a set. */
function watched(value: unknown, path: string, read: Set<string>): unknown {
  if (typeof value !== 'object' || value === null) return value
  const copies = Object.entries(value).map(([key, child]) => [key, watched(child, `${path}/${key}`, read)])
  const copy = Array.isArray(value) ? copies.map(([, child]) => child) : Object.fromEntries(copies)
  return new Proxy(copy, {
    get(target, key) {
      read.add(`${path}/${String(key)}`)
      return target[key]
    },
  })
}

/** The paths of all properties in a value. */
function pathsOf(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, child]) => [
    `${path}/${key}`,
    ...pathsOf(child, `${path}/${key}`),
  ])
}
