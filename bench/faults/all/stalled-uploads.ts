import type { Fault } from '../fault.ts'
import { Account, formParts } from '../load/account.ts'
import { drawNumber } from '../load/numbered-picture.ts'
import { HeldConnections, noteOf, untilDisconnected } from '../parts/held-connections.ts'

/** How many clients stall in each phase, at nginx and at an http process each. */
const each = 4

export default {
  name: 'stalled uploads',
  summary: 'clients stall in each phase of an upload, at nginx and at an http process',
  async begin(system) {
    const account = await Account.create(system, 'stalled@example.com')
    const clients = new HeldConnections()
    const phases = phasesOf(account, await drawNumber(1, { width: 480, height: 360 }, 'jpeg'))
    const ports = [system.nginx.port, system.https[0].port]
    await Promise.all(
      ports.flatMap(port =>
        phases.flatMap(sent => Array.from({ length: each }, () => clients.open(port, sent))),
      ),
    )
    return {
      async end() {
        await untilDisconnected(clients)
        return noteOf(clients)
      },
    }
  },
} satisfies Fault

/** What a client has sent when it stalls: from nothing to all but the last byte, and a whole upload. */
function phasesOf(account: Account, file: Buffer): Buffer[] {
  const { head, tail } = formParts
  const body = Buffer.concat([head, file, tail])
  const lines = Object.entries(account.uploadHeaders).map(([name, value]) => `${name}: ${value}\r\n`)
  const start = `POST /api/v1/images HTTP/1.1\r\nhost: localhost\r\ncontent-length: ${body.length}\r\n`
  const headers = Buffer.from(`${start}${lines.join('')}\r\n`)
  const whole = Buffer.concat([headers, body])
  const ends = [
    ...[0, 10, start.length, headers.length - 2, headers.length],
    ...[headers.length + head.length, headers.length + body.length / 2, whole.length - 1, whole.length],
  ]
  return ends.map(end => whole.subarray(0, end))
}
