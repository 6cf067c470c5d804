import {
  ImportPosition,
  ImportTask,
  importSubject,
  importTaskName,
} from '../../../ingest/import/image-imports.ts'
import { ImportRepository } from '../../../metadata/imports.ts'
import { defineTask } from '../task.ts'

/** Imports many images from their addresses. */
export default defineTask({
  name: importTaskName,
  payload: ImportTask,
  position: ImportPosition,
  start: { counted: 0 },
  key: ({ importId }) => importId,
  subject: ({ userId, count }) => ({ userId, text: importSubject(count) }),
  maxAttempts: 10,
  isCancellable: true,
  isRemote: true,
  prepareRetry: ({ importId }, transaction) => new ImportRepository(transaction).retryFailed(importId),
  runPage: (payload, position, { imports }, signal) => imports.runPage(payload, position, signal),
})
