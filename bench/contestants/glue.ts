// What a user would write in twenty lines of JavaScript; and imapflow alone, over four connections.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { measureNode } from '../measure.ts'
import type { Contestant, Measured, Round } from './contestant.ts'

/** node-pop3 and imapflow, one connection each, one message after the other. */
export const glue: Contestant = {
  name: 'glue',
  title:
    "node-pop3's `RETR` and imapflow's `append`, one connection; nothing it stores is identical, because node-pop3 " +
    'drops the last line end, leaves dot-stuffing in and turns bytes into UTF-8',
  isSampled: true,
  absence: () => undefined,
  run: (round) => runClient('glue-client.ts', round),
}

/** Uploads only, from memory: nothing is fetched, which flatters it. */
export const fourImapflows: Contestant = {
  name: 'imapflow-4',
  title: "imapflow's `append` from memory over four connections, nothing fetched",
  isSampled: true,
  absence: () => undefined,
  run: (round) => runClient('imapflow-client.ts', round),
}

async function runClient(client: string, round: Round): Promise<Measured> {
  const job = join(round.directory, 'job.json')
  await writeFile(job, JSON.stringify(round))
  return measureNode(join(import.meta.dirname, client), { words: [job], directory: round.directory })
}
