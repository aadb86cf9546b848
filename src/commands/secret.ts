// mailhaul secret: passwords in the operating system's keyring.
import { keyringAddress, listSecrets, removeSecret, setSecret } from '../config/secrets.ts'
import { MailhaulError } from '../core/errors.ts'
import { unknownPair } from '../core/unknown-pair.ts'
import { type CommandContext, load, present } from './context.ts'

/** The two ends a password can belong to. */
const sides = ['source', 'destination'] as const

/** Asks for a password and stores it. Returns the exit code. */
export async function secretSet(pair: string, side: string, context: CommandContext): Promise<number> {
  const { address, label, isUsed } = await addressOf(pair, side, context)
  const secret = await context.askSecret(`Password for ${label}: `)
  context.onSecret(secret)
  await setSecret(address, secret)
  context.remark(`Stored the password for ${label} in the keyring.`)
  if (!isUsed)
    context.remark(
      'The configuration takes it from elsewhere: write password: { keyring: true } there to use this one.',
    )
  return 0
}

/** Removes a password. Returns the exit code. */
export async function secretRemove(pair: string, side: string, context: CommandContext): Promise<number> {
  const { address, label } = await addressOf(pair, side, context)
  const removed = await removeSecret(address)
  context.remark(removed ? `Removed the password for ${label}.` : `The keyring held no password for ${label}.`)
  return 0
}

/** Names the accounts that have a password; never shows one. Returns the exit code. */
export async function secretList(context: CommandContext): Promise<number> {
  const accounts = await listSecrets()
  if (accounts.length === 0) context.remark('The keyring holds no passwords of mailhaul.')
  return present('secret', { accounts, exitCode: 0 }, () => accounts.map((account) => `${account}\n`).join(''), context)
}

async function addressOf(pairName: string, sideName: string, context: CommandContext) {
  const { config } = await load(context)
  const pair = config.pairs.find(({ name }) => name === pairName.normalize('NFC'))
  const side = sides.find((candidate) => candidate === sideName)
  if (pair === undefined) {
    throw unknownPair(
      pairName,
      config.pairs.map(({ name }) => name),
    )
  }
  if (side === undefined) {
    throw new MailhaulError({
      code: 'usage',
      scope: 'run',
      retry: 'never',
      message: `${JSON.stringify(sideName)} is neither source nor destination.`,
      hint: 'Write: mailhaul secret set PAIR source, or: mailhaul secret set PAIR destination',
    })
  }
  const end = pair[side]
  const reference = end.password ?? end.auth?.oauth2.clientSecret ?? ''
  return {
    address: keyringAddress(reference, { pair: pair.name, side }),
    isUsed: typeof reference === 'object' && 'keyring' in reference,
    label: `${pair.name}, ${side} (${end.user} at ${end.host})`,
  }
}
