#!/usr/bin/env node
// The package's command: checks the runtime before anything newer than it is parsed.
import { existsSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'

const [major] = process.versions.node.split('.').map(Number)
if (major < 24) {
  process.stderr.write(
    `mailhaul needs Node.js 24 or later; this is ${process.versions.node}. Install it from your system or nodejs.org.\n`,
  )
  process.exit(2)
}
if (!existsSync(new URL('../dist/mailhaul.js', import.meta.url))) {
  process.stderr.write(
    'mailhaul is not built here. In a copy of its repository: npm run -s mailhaul -- sync, or npm run build.\n',
  )
  process.exit(2)
}
// Mail is short-lived buffers. A young generation that is let grow keeps dead ones around by the tens of megabytes, and so
// does an old one that may double and double again.
setFlagsFromString('--semi-space-growth-factor=1')
setFlagsFromString('--heap-growing-percent=100')
await import('../dist/mailhaul.js')
