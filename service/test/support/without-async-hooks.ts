// Preloaded by each test file. tap watches every promise and timer of the process with an async hook, to attribute an
// uncaught error to the test that caused it. That takes a fifth of the CPU time of a test that makes requests to a
// service in its process. Without the hook, an uncaught error ends the process, and the run reports the file as failed.
import asyncHooks from 'node:async_hooks'
import { syncBuiltinESMExports } from 'node:module'

const noHook: asyncHooks.AsyncHook = { enable: () => noHook, disable: () => noHook }

asyncHooks.createHook = () => noHook
syncBuiltinESMExports()
