// Loaded into a command under test: writes down at its end how much memory it had at most.
import { readFileSync, writeFileSync } from 'node:fs'

/**
 * The high-water mark of this program alone, in bytes. Not getrusage's: on Linux that one is handed down by the process
 * that started this one, however large that was.
 */
function peak(): number {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
  return Number(kilobytes) * 1024
}

const file = process.env.MAILHAUL_TEST_PEAK
if (file !== undefined) process.on('exit', () => writeFileSync(file, String(peak())))
