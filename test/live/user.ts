// An account on a test server.

/** A login name in lower case, because servers store it so, and a password of any characters. */
export type User = { readonly name: string; readonly password: string }

/** The account of that name; throws where there is none. */
export function findUser(users: readonly User[], name: string): User {
  const user = users.find((user) => user.name === name)
  if (!user) throw new Error(`no user ${name} on this server`)
  return user
}
