import { once } from 'node:events'
import { openApp } from '../../app.ts'
import { readConfig } from '../../config.ts'
import { createServer } from '../../http/server.ts'
import { createLogger } from '../../telemetry/logger.ts'
import { importPolicy } from './import-site.ts'

/**
 * A process of the service that tests can kill, and that may import from this machine, which the program itself never does.
 * It runs until its standard input ends.
 */
const config = await readConfig(process.env)
const logger = createLogger(config.LOG_LEVEL)
const app = await openApp(config, logger, { networkPolicy: importPolicy })
const server = await createServer(app.http, logger)
await app.jobs.worker.start()
app.jobs.tasks.start()
await server.listen({ host: config.HOST, port: config.PORT })
process.stdout.write('listening\n')
process.stdin.resume()
await once(process.stdin, 'end')
await server.close()
await app.close()
