// A process that asks for the token of a sign-in once, and prints it: started by processes.test.ts.
import { systemClock } from '../../src/engine/clock.ts'
import { TokenKeeper } from '../../src/tokens/keeper.ts'
import { Told } from '../../src/tokens/told.ts'
import { clients } from '../servers/identity-provider.ts'

const [directory = '', issuer = ''] = process.argv.slice(2)
const keeper = new TokenKeeper({
  registration: {
    provider: { issuer, scopes: ['openid', 'offline_access', 'mail'] },
    ...{ clientId: clients.public, clientSecret: undefined, user: 'alice' },
  },
  directory,
  keyring: async () => ({ ok: false, reason: 'there is none' }),
  clock: systemClock,
  onSecret: () => undefined,
  onObsolete: () => undefined,
  told: new Told(),
})
process.stdout.write(await keeper.token())
