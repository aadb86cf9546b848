// Writes docs/mailhaul.1 from the help of the program. `npm run manual`
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { manualPage } from './manual-page.ts'

writeFileSync(join(import.meta.dirname, '../docs/mailhaul.1'), manualPage())
