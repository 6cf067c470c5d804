/** An input that was once answered wrongly, and the right answer. The file's name says what it is. */
export interface Finding<Answer = unknown> {
  /** What went wrong with it. */
  readonly was: string
  /** Makes the bytes. No file is kept, so that there is no picture of somebody else, and a reader sees what it is. */
  readonly make: () => Buffer | Promise<Buffer>
  /** Reads it, as the service does. */
  readonly read: (file: Buffer) => Answer | Promise<Answer>
  /** What the reader has to return. */
  readonly answer: Answer
}

/** Checks the types of a finding. */
export const finding = <Answer>(one: Finding<Answer>): Finding<Answer> => one
