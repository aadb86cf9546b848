// Quirks without a test of their own here, each with the reason; what mailhaul does about them stands there too.

/** By ID: why there is no test, in one sentence. */
export const untested: Readonly<Record<string, string>> = {
  A10: 'Accounts that want an OAuth token instead of a password cannot be configured yet: only passwords work.',
  E13: 'Accounts that want an OAuth token instead of a password cannot be configured yet, so nothing asks Microsoft for one.',
  E14: 'There is no device code flow or any other sign-in in a browser yet: only passwords work.',
  E15: 'There is no sign-in with Google yet: a Gmail account takes an app password.',
  E16: 'What a provider asks for today shows at the provider only; a refused login names app passwords as the likely way out.',
  D15: 'OAuth tokens cannot be configured yet, so none can expire in the middle of a run.',
  D16: 'OAuth tokens cannot be configured yet, so there is no refresh token that two processes could rotate.',
}
