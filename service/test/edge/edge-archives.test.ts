import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../support/free-port.ts'
import { startHttpServer } from '../support/http-server.ts'
import { findNginxObstacle, startNginx } from '../support/services/nginx.ts'
import t, { skipFile } from '../support/tap.ts'

const obstacle = await findNginxObstacle()
if (obstacle) skipFile(`no nginx to test with: ${obstacle}`)

t.test('an archive may be silent for longer than other responses', async t => {
  const asked: string[] = []
  const origin = await startHttpServer(t, async (request, response) => {
    asked.push(request.url ?? '')
    await delay(600)
    response.end('answered')
  })
  // a hundredth of the times
  const edge = await startNginx(
    t,
    await freePort(),
    [origin, origin],
    [
      ['proxy_read_timeout 35s;', 'proxy_read_timeout 350ms;', 1],
      ['proxy_read_timeout 120s;', 'proxy_read_timeout 1200ms;', 1],
    ],
  )
  const archive = await fetch(`${edge.url}/api/v1/images/downloads?s=secret`)
  t.equal(archive.status, 200)
  t.equal(await archive.text(), 'answered')
  t.strictSame(asked, ['/api/v1/images/downloads?s=secret'])
  t.equal((await fetch(`${edge.url}/api/v1/me`)).status, 503)
})
