#!/usr/bin/env node
// libuv reads the size of its thread pool once, at first use, and on Node 20 loading an ES module is a use. So this
// small CommonJS file sets the size first. Each render occupies a thread; file access, DNS and password hashing
// share the pool and need free threads too.
const cores = process.getBuiltinModule('node:os').availableParallelism()
const renders = Math.max(cores, Number(process.env.DARKROOM_CONCURRENCY) || 0)
process.env.UV_THREADPOOL_SIZE ??= String(Math.min(1024, renders + cores + 4))
import('./main.ts')
