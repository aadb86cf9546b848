// Quirks without a test of their own here, each with the reason; what mailhaul does about them stands there too.

/** By ID: why there is no test, in one sentence. */
export const untested: Readonly<Record<string, string>> = {}
