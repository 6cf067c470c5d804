import type { Fault } from '../fault.ts'
import { HeldConnections, noteOf, untilDisconnected } from '../parts/held-connections.ts'

/** How many clients there are at nginx and at an http process, and how often each sends some bytes, in milliseconds. */
const clients = 500
const pauseMs = 1_000

export default {
  name: 'slowloris',
  summary: `${clients} clients each at nginx and at an http process send their headers byte by byte`,
  async begin({ nginx, https }) {
    const held = new HeldConnections()
    const start = 'GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: '
    const openAll = () =>
      [nginx.port, https[0].port].flatMap(port =>
        Array.from({ length: clients }, () => held.open(port, start)),
      )
    await Promise.all(openAll())
    const timer = setInterval(() => held.sendAll('a'), pauseMs)
    return {
      async end() {
        await untilDisconnected(held).finally(() => clearInterval(timer))
        return noteOf(held)
      },
    }
  },
} satisfies Fault
