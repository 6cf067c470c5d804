import { useCallback, useEffect, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Task } from '../../api-types.ts'
import { user } from '../../session.ts'

/** How often the progress of unfinished imports is read, in milliseconds. */
const pollMs = 2_000

/** The user's imports in the background, the latest first, and a function that reads them again. */
export function useImportTasks(): [readonly Task[], () => void] {
  const [tasks, setTasks] = useState<readonly Task[]>([])
  const readTasks = useCallback(() => {
    // while the service is away, the last progress stays
    api.jobs().then(
      page => setTasks(importsOf(page.tasks ?? [])),
      () => {},
    )
  }, [])
  useEffect(readTasks, [])
  const isOpen = tasks.some(({ isCancellable }) => isCancellable)
  useEffect(() => {
    if (!isOpen) return
    const timer = setInterval(readTasks, pollMs)
    return () => clearInterval(timer)
  }, [isOpen, readTasks])
  return [tasks, readTasks]
}

const importsOf = (tasks: readonly Task[]) =>
  tasks
    .filter(({ kind, userId }) => kind === 'import' && userId === user.value?.id)
    .sort((one, other) => other.createdAt.localeCompare(one.createdAt))
