// The token port: what a login with OAuth asks for, and what is told of a sign-in.

/**
 * An access token that is good for a while yet. `refused` is one that a server has just turned down: then another one
 * is asked for, once; where none can be had the same comes back, and nobody tries it again (quirk D15).
 * Errors: secret (sign in first, or again), temporary, timeout, connect.
 */
export type AskToken = (refused?: string) => Promise<string>
