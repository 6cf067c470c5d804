import { once } from 'node:events'
import { createServer, request as send } from 'node:http'
import { createLogger } from '../telemetry/logger.ts'
import t from '../test/support/tap.ts'
import { DerivativeResponder, type DerivativeResponderParts, endedWorkOf } from './derivative-responder.ts'
import { clientDisconnected } from './disconnect-signal.ts'

t.test('a request whose client has disconnected before its work goes to the route at once', async t => {
  // nothing else is used before the work
  const parts = { deadlineMs: 60_000, logger: createLogger('silent') } as DerivativeResponderParts
  const responder = new DerivativeResponder(parts)
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const port = address instanceof Object ? address.port : 0
  const client = send({ host: '127.0.0.1', port, path: '/processed/a/b.jpg' })
  client.on('error', () => {})
  client.end()
  const [request, response] = await once(server, 'request')
  const closed = once(request.socket, 'close')
  client.destroy()
  await closed
  let routed = false
  responder.respond(request, response, () => {
    routed = true
  })
  t.ok(routed)
  t.same(endedWorkOf(request)?.outcome, { error: clientDisconnected })
})
