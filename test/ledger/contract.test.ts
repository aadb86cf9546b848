// The ledger contract on real SQLite files.
import { ledgerContract } from '../contracts/ledger.ts'
import { makePlace } from './place.ts'

ledgerContract('SQLite', makePlace)
