import { command } from '../command.ts'

export default command({
  name: 'serve',
  summary: 'serve images, the API and the dashboard; configured by environment variables',
  async run(_, environment) {
    const { runService } = await import('../service.ts')
    await runService(environment)
  },
})
