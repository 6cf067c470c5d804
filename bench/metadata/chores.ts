import type { App } from '../../service/app.ts'

/** The regular work of a process, by name. */
export function choresOf({ metadata, removal, ingest }: App): [string, () => Promise<unknown>][] {
  const signal = new AbortController().signal
  return [
    ['deleted images', () => removal.imageDeleter.sweep(signal)],
    ['unfinished purges', () => removal.purger.sweep(signal)],
    ['deleted users', () => removal.userDeletion.sweep()],
    ['failed jobs', () => metadata.failedJobs.sweep()],
    ['usage', () => metadata.usage.sweep()],
    ['quotas', () => metadata.quotas.sweep()],
    ['webhook deliveries', () => metadata.webhookDeliveries.sweep()],
    ['sessions', () => metadata.sessions.sweep()],
    ['login attempts', () => metadata.loginAttempts.sweep()],
    ['API keys', () => metadata.apiKeys.sweep()],
    ['audit log', () => metadata.audit.sweep()],
    ['direct uploads', () => ingest.directUploads.sweep(signal)],
    ['replaced originals', () => ingest.replacements.sweep(signal)],
    ['lost jobs', () => ingest.sweepOutbox(signal)],
  ]
}
