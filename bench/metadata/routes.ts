import type { Service } from '../service.ts'

/** The routes of the API that no session of a process has called, such as `GET /api/v1/images/{id}`. */
export async function uncalledRoutes(service: Service): Promise<string[]> {
  const response = await service.call('GET', 'openapi.json')
  const { paths } = (await response.json()) as { paths: Record<string, Record<string, object>> }
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path}`),
  )
  const calls = [...service.calls]
  return routes.filter(route => {
    const pattern = new RegExp(`^${route.replace(/\{\w+\}/g, '[^/]+')}$`)
    return route.includes('/api/v1/') && !calls.some(call => pattern.test(call))
  })
}
