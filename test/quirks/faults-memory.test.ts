// Quirks of large mailboxes and large messages (D12 of the catalogue): what the command needs of memory at most.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { Bench, passwords } from '../commands/bench.ts'
import { peakOf, startCli } from '../commands/run-cli.ts'
import { generated } from '../servers/pop3-retrieve-faults.ts'
import { quirk } from './quirk.ts'

const MiB = 1024 * 1024
const env = { OLD: passwords.source, NEW: passwords.destination }

/** Runs the command in the bench's directory; returns what it printed and how much memory it had at most, in octets. */
async function measured(bench: Bench, ...words: string[]) {
  const peakFile = join(bench.directory, 'peak')
  const finished = await startCli(words, { cwd: bench.directory, env, peakFile }).end
  return { ...finished, peak: await peakOf(peakFile) }
}

quirk(
  'D12',
  'A message of 300 MB goes from POP3 to IMAP through a file: memory stays below 250 MiB, however large it is.',
  async () => {
    const octets = 300_000_000
    const bench = await Bench.start({
      messages: [Buffer.from('x')],
      pop3: { faults: { retr: () => ({ kind: 'generated', octets }), list: { size: () => octets } } },
      imap: { faults: { keepsDigests: true } },
    })
    try {
      const { code, stdout, stderr, peak } = await measured(bench, 'sync')
      assert.equal(code, 0, stdout + stderr)
      const hash = createHash('sha256')
      for (const piece of generated(octets)) hash.update(piece)
      const [stored] = bench.imap.folder('new', 'INBOX').messages
      assert.equal(stored?.bytes.toString(), hash.digest('hex'))
      assert.ok(peak < 250 * MiB, `${Math.round(peak / MiB)} MiB`)
    } finally {
      await bench.stop()
    }
  },
)

quirk(
  'D12',
  'A listing of 200,000 messages is planned in less than 400 MiB, about 400 bytes per message.',
  async () => {
    const count = 200_000
    const lines = (lineOf: (number: number) => string) => {
      const numbers = Array.from({ length: count }, (_, index) => lineOf(index + 1))
      return `+OK\r\n${numbers.join('')}.\r\n`
    }
    const answers: Readonly<Record<string, string>> = {
      STAT: `+OK ${count} ${count * 5000}\r\n`,
      LIST: lines((number) => `${number} 5000\r\n`),
      UIDL: lines((number) => `${number} 0000${number.toString(16).padStart(24, '0')}\r\n`),
    }
    const bench = await Bench.start({ pop3: { faults: { script: (verb) => answers[verb] } } })
    try {
      const { code, stdout, stderr, peak } = await measured(bench, 'sync', '--dry-run')
      assert.equal(code, 0, stdout + stderr)
      assert.match(stdout, /200,000 listed = 200,000 to copy/)
      assert.ok(peak < 400 * MiB, `${Math.round(peak / MiB)} MiB`)
    } finally {
      await bench.stop()
    }
  },
)
