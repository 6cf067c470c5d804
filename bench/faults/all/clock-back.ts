import type { Fault } from '../fault.ts'
import { findClockObstacle, prepareClock, stepClock } from '../parts/clock.ts'

export default {
  name: 'clock back',
  summary: 'the clock of an http process and a worker stepped an hour back',
  findObstacle: findClockObstacle,
  prepare: prepareClock,
  begin: system => stepClock(system, '-3600'),
} satisfies Fault
