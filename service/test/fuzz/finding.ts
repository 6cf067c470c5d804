/** An input that was once answered wrongly, and the right answer. The file's name says what it is. */
export interface Finding<Answer = unknown> {
  /** What went wrong with it. */
  readonly was: string
  /** Makes the bytes. The repository keeps no file: it has no picture of others, and readers see how the bytes are made. */
  readonly make: () => Buffer | Promise<Buffer>
  /** Reads it, as the service does. */
  readonly read: (file: Buffer) => Answer | Promise<Answer>
  /** What the reader has to return. */
  readonly answer: Answer
}

/** Checks the types of a finding. */
export const finding = <Answer>(one: Finding<Answer>): Finding<Answer> => one
