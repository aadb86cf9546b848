// A process of its own that works on a ledger, says how far it got, and stays until it is killed.
import { MailhaulError } from '../../src/core/errors.ts'
import { openLedger } from '../../src/ledger/index.ts'
import { account, copiedTo, intentOf } from '../contracts/ledger-samples.ts'

const [path = '', task = ''] = process.argv.slice(2)

try {
  const book = openLedger({ path, clock: Date }).open('alice', account)
  if (task === 'begin' || task === 'settle') book.begin([intentOf(1), intentOf(2)])
  if (task === 'settle') book.settle([copiedTo(60, 1), copiedTo(61, 2)])
  process.stdout.write('working\n')
  setInterval(() => {}, 60_000)
} catch (thrown) {
  if (!(thrown instanceof MailhaulError)) throw thrown
  process.stdout.write(`${thrown.code}: ${thrown.message}\n`)
}
