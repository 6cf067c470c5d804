/** A part of the system that can fail: a process of Darkroom, or a server that it uses. */
export interface Part {
  /** Kills it at once, with all of its processes. */
  kill(): Promise<void>
  /** Starts it again with the same data. Resolves when it has been started, not when it is ready. */
  restart(): Promise<void>
  /** Sends a signal to all of its processes. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void
}
