// Loaded into a command under test: writes down at its end how much memory it had at most.
import { writeFileSync } from 'node:fs'

const file = process.env.MAILHAUL_TEST_PEAK
if (file !== undefined) process.on('exit', () => writeFileSync(file, String(process.resourceUsage().maxRSS * 1024)))
