import { measureIngestParts } from '../ingest-parts.ts'
import { drawJpeg } from '../large-pictures.ts'
import { mainThreadMs, serverCpuMs, untilIdle } from '../process-usage.ts'
import { forEach } from '../requests.ts'
import type { Row, Scenario } from '../scenario.ts'
import type { Service } from '../service.ts'
import { targets } from '../settings.ts'
import { withComment } from '../unique-jpeg.ts'

const sizes = [
  { width: 640, height: 480, limit: targets.ingest.small },
  { width: 2560, height: 1600, limit: targets.ingest.medium },
  { width: 4000, height: 3000, limit: targets.ingest.large },
]
/** Images before those that are measured: the first ones load the detector and compile code. */
const warmUps = 2

/** Uploads images and waits until they are processed. */
export const ingest: Scenario = async (workspace, { ingests }) => {
  const service = await workspace.startService()
  const rows: Row[] = []
  for (const { limit, ...size } of sizes) {
    const name = `${size.width}×${size.height}`
    const jpeg = await drawJpeg(9, size)
    rows.push(...(await measure(service, { name, jpeg }, ingests, limit)))
    rows.push(...(await measureIngestParts(name, jpeg, workspace.folder, ingests)))
  }
  await service.stop()
  return {
    title: 'Ingest: the CPU time of an upload and of its analysis',
    rows,
    notes: [
      'photograph-like JPEGs, uploaded one after the other; the embedded database is not included; parts are measured in the process of the bench',
    ],
  }
}

async function measure(
  service: Service,
  { name, jpeg }: { name: string; jpeg: Buffer },
  count: number,
  limit: number,
): Promise<Row[]> {
  const upload = async (from: number, to: number) => {
    const numbers = Array.from({ length: to - from }, (_, index) => from + index)
    await forEach(numbers, 1, number => service.uploadOne(withComment(jpeg, `${name} ${number}`), 'a.jpg'))
    await untilIdle(service.pid)
  }
  await upload(0, warmUps)
  const [cpu, main] = [serverCpuMs(service.pid), mainThreadMs(service.pid)]
  await upload(warmUps, warmUps + count)
  return [
    { what: `${name}, CPU ms/image`, darkroom: (serverCpuMs(service.pid) - cpu) / count, limit },
    { what: `${name}, main-thread ms/image`, darkroom: (mainThreadMs(service.pid) - main) / count },
  ]
}
