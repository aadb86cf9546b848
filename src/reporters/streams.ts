// Where reports go, and what is known of the terminal behind it.

/** Anything that takes text. */
interface Output {
  write(text: string): unknown
}

/** The streams of a process. `columns` and `rows` are asked each time: a terminal changes its size. */
export interface Streams {
  /** For the result of a command; nothing that happens on the way is written here. */
  readonly stdout: Output
  readonly stderr: Output
  /** Whether stderr is a terminal. */
  readonly isTerminal: boolean
  /** Width of the terminal in cells. */
  readonly columns: number
  /** Height of the terminal in lines; 24 where it is not known. */
  readonly rows?: number
  readonly colour: boolean
}
