// The exit codes and what they mean, for the help and the manual page.

/** Each code with its meaning, least to most serious as they stand in the help. */
export const exitCodes: readonly (readonly [code: number, meaning: string])[] = [
  [0, 'everything settled, or nothing new'],
  [1, 'unexpected failure'],
  [2, 'usage or configuration, or a removal to be confirmed first'],
  [3, 'finished, some messages did not make it (they are listed)'],
  [4, 'authentication'],
  [5, 'connection or TLS'],
  [6, 'quota or budget reached, run again later'],
  [7, 'another run holds this pair'],
  [130, 'interrupted'],
]

/** How several become one. */
export const severalPairs = 'With several pairs: the most serious one.'
