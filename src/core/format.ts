// Counts, sizes, durations and rates as people read them.

const grouping = new Intl.NumberFormat('en-US')

const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB']

/** A count with its thousands grouped: `1,234`. */
export function grouped(count: number): string {
  return grouping.format(count)
}

/** A count with its noun: `1 message`, `1,234 messages`. */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`
}

/** Octets in decimal units with at most one decimal: `999 B`, `1.2 MB`, `50 MB`. */
export function formatBytes(octets: number): string {
  let amount = octets
  let unit = 0
  // Compared as it will be shown, so that 999,999 is 1 MB and not 1000 kB.
  while (unit < units.length - 1 && Math.round(amount * 10) / 10 >= 1000) {
    amount /= 1000
    unit += 1
  }
  return `${Math.round(amount * 10) / 10} ${units[unit]}`
}

/** Milliseconds in the two largest units that matter: `350 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 59_950) return `${Math.round(milliseconds / 100) / 10} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return pairOf(seconds, 60, 'min', 's')
  const minutes = Math.round(seconds / 60)
  if (minutes < 24 * 60) return pairOf(minutes, 60, 'h', 'min')
  return pairOf(Math.round(minutes / 60), 24, 'd', 'h')
}

/** Octets per second over a time in milliseconds: `3.4 MB/s`; nothing can be said of no time. */
export function formatRate(octets: number, milliseconds: number): string {
  return milliseconds > 0 ? `${formatBytes((octets * 1000) / milliseconds)}/s` : '-'
}

function pairOf(amount: number, perLarge: number, large: string, small: string): string {
  const rest = amount % perLarge
  const whole = `${Math.floor(amount / perLarge)} ${large}`
  return rest === 0 ? whole : `${whole} ${rest} ${small}`
}
