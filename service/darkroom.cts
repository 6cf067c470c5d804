#!/usr/bin/env node
// Old versions of Node must be able to parse and run this CommonJS file up to the message for them: no newer syntax than
// destructuring, and only modules that every version has.
const { engines }: { engines: { node: string } } = require('../../package.json')

const partsOf = (version: string) => version.split('.').map(Number)
const lowest = engines.node.replace('>=', '')
const [major = 0, minor = 0] = partsOf(process.versions.node)
const [lowestMajor = 0, lowestMinor = 0] = partsOf(lowest)

if (major < lowestMajor || (major === lowestMajor && minor < lowestMinor)) {
  process.stderr.write(
    `darkroom: Node ${process.versions.node} is not supported, install Node ${lowest} or later\n`,
  )
  process.exitCode = 1
} else {
  // libuv reads the size of its thread pool once, at first use, and on Node 20 loading an ES module is a use, so it is
  // set here. Each render occupies a thread; file access, DNS and password hashing share the pool and need free threads.
  const cores: number = require('node:os').availableParallelism()
  const renders = Math.max(cores, Number(process.env.DARKROOM_CONCURRENCY) || 0)
  const threads = String(Math.min(1024, renders + cores + 4))
  process.env.UV_THREADPOOL_SIZE = process.env.UV_THREADPOOL_SIZE || threads
  // V8 keeps the hidden class of a tick only while such an object lives. A major collection without one, as in an idle
  // process, makes `process.nextTick` take its slow path for ever, and each request calls it several times.
  process.nextTick(() => {
    exports.keptTick = require('node:async_hooks').executionAsyncResource()
  })
  import('./main.ts')
}
