#!/usr/bin/env node
// libuv reads the size of its thread pool once, at its first use, which loading an ES module already is on Node 20:
// so this small CommonJS file comes first. Developments fill as many threads as there are cores; files, DNS and
// password hashes go through the same pool and must find a free one.
process.env.UV_THREADPOOL_SIZE ??= String(process.getBuiltinModule('node:os').availableParallelism() * 2 + 4)
import('./main.ts')
