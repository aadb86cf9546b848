// How fast, and how much a day, mail may be moved at one end: what the owner says, and what its provider publishes.

/** How much may cross at most; undefined: as much as there is. */
export interface Rates {
  /** Octets. */
  readonly bytesPerSecond?: number | undefined
  readonly messagesPerSecond?: number | undefined
  /** Octets per UTC day, counted in the ledger. */
  readonly bytesPerDay?: number | undefined
}

/** The same as its owner writes it: none lifts what would hold by default. */
export type WrittenRates = { readonly [Name in keyof Rates]?: number | 'none' | undefined }

/** What a provider publishes of its limits at one end. */
export interface PublishedRates {
  /** One clause that says it: `Gmail takes 500 MB a day over IMAP at most`. */
  readonly says: string
  readonly rates: Rates
}

const rateNames = ['bytesPerSecond', 'messagesPerSecond', 'bytesPerDay'] as const

/** The rates in force: the owner's own, else those that the provider publishes. */
export function ratesInForce(written: WrittenRates = {}, published?: PublishedRates): Rates {
  const inForce = rateNames.map((name) => {
    const own = written[name] ?? published?.rates[name]
    return [name, own === 'none' ? undefined : own]
  })
  return Object.fromEntries(inForce)
}

/** What is said of a provider's published limits, given the rates in force; `key` names where they are set. */
export function publishedNote({ says, rates: published }: PublishedRates, inForce: Rates, key: string): string {
  const names = rateNames.filter((name) => published[name] !== undefined)
  const isDaily = published.bytesPerDay !== undefined
  if (names.every((name) => inForce[name] === published[name])) {
    const what = isDaily ? 'sync stops there and goes on the next day' : 'sync keeps to that pace'
    return `${says}: ${what}, unless ${key} says otherwise.`
  }
  const isLifted = names.some((name) => (inForce[name] ?? Infinity) > Number(published[name]))
  return isLifted
    ? `${says}: ${key} lets sync go beyond that, and then the server may lock the account for up to a day.`
    : `${says}: ${key} keeps sync below that.`
}

/** Seconds that so many messages and octets take at least. */
export function leastSeconds({ bytesPerSecond, messagesPerSecond }: Rates, count: number, bytes: number): number {
  return Math.max(bytes / (bytesPerSecond ?? Infinity), count / (messagesPerSecond ?? Infinity))
}
