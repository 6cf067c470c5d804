import { useCallback, useEffect, useState } from 'preact/hooks'
import { api } from '../../api.ts'
import type { Task } from '../../api-types.ts'
import { user } from '../../session.ts'

/** How often the progress of unfinished imports is read, in milliseconds. */
const pollMs = 2_000

/** More than the service keeps of one user. */
const maxImports = 100

/** The user's imports in the background, the latest first, and a function that reads them again. */
export function useImportTasks(): [readonly Task[], () => void] {
  const [tasks, setTasks] = useState<readonly Task[]>([])
  const readTasks = useCallback(() => {
    const userId = user.value?.id ?? ''
    // while the service is away, the last progress stays
    api.tasks({ kind: 'import', userId, limit: maxImports }).then(
      ({ items }) => setTasks(latestFirst(items)),
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

const latestFirst = (tasks: readonly Task[]) =>
  [...tasks].sort((one, other) => other.createdAt.localeCompare(one.createdAt))
