#!/usr/bin/env node
// libuv reads the size of its thread pool once, at its first use, which loading an ES module already is on Node 20:
// so this small CommonJS file comes first. Each development takes a thread; files, DNS and password hashes go through
// the same pool and must find a free one.
const cores = process.getBuiltinModule('node:os').availableParallelism()
const developments = Math.max(cores, Number(process.env.DARKROOM_CONCURRENCY) || 0)
process.env.UV_THREADPOOL_SIZE ??= String(Math.min(1024, developments + cores + 4))
import('./main.ts')
