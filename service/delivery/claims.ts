import type { Derivative } from '../cache/memory-tier.ts'

/** The right to render a derivative, which no other process of this machine has meanwhile. */
export interface Claim {
  /** Gives the derivative to the processes that wait for it, and to those that ask for it until it is stored. */
  share(derivative: Derivative, stored: Promise<void>): void
  /** Gives the right to the next process that waits: the render has failed. */
  release(): void
}

/** Which process renders a derivative that several are asked for at the same time. */
export interface Claims {
  /**
   * Waits until this process has the right to render the derivative, or until another one has rendered it. The right
   * passes on when the process that has it dies.
   * @throws the signal's reason
   */
  acquire(
    key: string,
    signal: AbortSignal,
  ): Promise<{ readonly claim: Claim } | { readonly derivative: Derivative }>
}
