// Mailbox names as IMAP writes them: modified UTF-7 (RFC 3501 §5.1.3).

/** The wire form of a mailbox name. */
export function encodeMailboxName(name: string): string {
  return name.replace(/&|[^\x20-\x7e]+/g, (run) => (run === '&' ? '&-' : `&${encodeRun(run)}-`))
}

/** The mailbox name of a wire form; undefined when it is not valid modified UTF-7 (B08: `a&b`). */
export function decodeMailboxName(wire: string): string | undefined {
  let isValid = /^[\x20-\x7e]*$/.test(wire)
  const name = wire.replace(/&([^-]*)(-?)/g, (_, run: string, end: string) => {
    const text = run === '' ? '&' : decodeRun(run)
    if (end === '' || text === undefined) isValid = false
    return text ?? ''
  })
  return isValid && encodeMailboxName(name) === wire ? name : undefined
}

function encodeRun(run: string): string {
  const units = Buffer.from(run, 'utf16le').swap16()
  return units.toString('base64').replaceAll('/', ',').replace(/=+$/, '')
}

function decodeRun(run: string): string | undefined {
  const units = Buffer.from(run.replaceAll(',', '/'), 'base64')
  return units.length % 2 === 0 ? units.swap16().toString('utf16le') : undefined
}
