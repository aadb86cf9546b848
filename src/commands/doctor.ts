// mailhaul doctor: looks at everything a run needs, up to the login, and says what is in the way.

import { dirname, join } from 'node:path'
import { compose } from '../compose.ts'
import { type Reached, reachServers } from '../compose-reach.ts'
import type { Config } from '../config/schema.ts'
import { asMailhaulError, MailhaulError } from '../core/errors.ts'
import { greatestOf } from '../core/extremes.ts'
import { exitCodeOfFindings, type Finding } from '../core/finding.ts'
import { type Place, placeFinding } from '../doctor/files.ts'
import { clockFinding, diskFinding, isClockKept, runtimeFinding } from '../doctor/machine.ts'
import { systemClock } from '../engine/clock.ts'
import { daysLeft } from '../reporters/check-view.ts'
import { renderDoctor } from '../reporters/doctor-view.ts'
import { counted } from '../reporters/words.ts'
import { type CommandContext, commandLine, composeOptions, load, present } from './context.ts'
import { secretFindings } from './doctor-secrets.ts'

/** Days before a certificate ends that people are told of it. */
const soon = 21

/** Examines; changes nothing and logs in nowhere. Returns the exit code. */
export async function doctor(names: readonly string[], context: CommandContext): Promise<number> {
  const findings: Finding[] = [runtimeFinding({ version: process.versions.node, platform: process.platform })]
  const loaded = await load({ ...context, remark: (text) => findings.push(warningOf(text)) }).catch(asMailhaulError)
  if (loaded instanceof MailhaulError) findings.push(configurationFinding(loaded))
  else findings.push(...(await examine(loaded.file, loaded.config, names, context)))
  const exitCode = exitCodeOfFindings(findings)
  const view = { findings, next: commandLine('check', names, context), exitCode }
  return present('doctor', view, renderDoctor, context)
}

async function examine(
  file: string,
  config: Config,
  names: readonly string[],
  context: CommandContext,
): Promise<readonly Finding[]> {
  const { pairs: chosen, ledger } = compose(config, names, composeOptions(context))
  const wanted = new Set(chosen.map(({ name }) => name))
  const pairs = config.pairs.filter(({ name }) => wanted.has(name))
  const [reached, secrets] = await Promise.all([
    reachServers(pairs, systemClock, context.stop),
    secretFindings(pairs, context),
  ])
  const { finding, lastRun } = ledgerFinding(ledger)
  const now = systemClock.now()
  const clock = { now, lastRun, notYetValid: reached.flatMap(notYetValid), isKept: isClockKept() }
  return [
    clockFinding(clock),
    ...placesOf(file, config).map(placeFinding),
    diskFinding(dirname(config.ledger)),
    finding,
    ...secrets,
    ...reached.map((server) => networkFinding(server, now)),
  ]
}

function configurationFinding({ message, hint, code }: MailhaulError): Finding {
  const [first = '', second] = message.split('\n')
  const text = second === undefined ? first : `${first} ${second.trim()}`
  return { area: 'files', about: 'configuration', verdict: 'problem', text, advice: hint, code }
}

function warningOf(text: string): Finding {
  return { area: 'files', about: 'configuration', verdict: 'warning', text: text.replaceAll('\n', ' ') }
}

function placesOf(file: string, { ledger, quarantine }: Config): readonly Place[] {
  const state = dirname(ledger)
  return [
    { about: 'configuration', path: file, use: 'read', isPrivate: false },
    { about: 'state', path: state, use: 'write', isPrivate: true },
    { about: 'ledger file', path: ledger, use: 'write', isPrivate: true },
    { about: 'spool', path: join(state, 'spool'), use: 'write', isPrivate: true },
    ...(quarantine === undefined
      ? []
      : ([{ about: 'quarantine', path: quarantine, use: 'write', isPrivate: true }] as const)),
  ]
}

function ledgerFinding(tools: Pick<ReturnType<typeof compose>['ledger'], 'inspect'>): {
  readonly finding: Finding
  readonly lastRun: number | undefined
} {
  const line = { area: 'ledger', about: 'ledger' } as const
  try {
    const { exists, problems, pairs, schema } = tools.inspect()
    const runs = pairs.flatMap(({ lastRun }) => lastRun ?? [])
    const lastRun = greatestOf(runs)
    if (!exists) return { finding: { ...line, verdict: 'ok', text: 'there is none yet' }, lastRun }
    const [first] = problems
    if (first !== undefined) {
      const advice = 'mailhaul ledger check says more, and what mends it.'
      return { finding: { ...line, verdict: 'problem', text: first, advice, code: 'ledger' }, lastRun }
    }
    const settled = pairs.reduce((sum, pair) => sum + pair.settled, 0)
    const text = `sound, schema ${schema}, ${counted(settled, 'message')} settled in ${counted(pairs.length, 'pair')}`
    return { finding: { ...line, verdict: 'ok', text }, lastRun }
  } catch (thrown) {
    const { message, hint, code } = asMailhaulError(thrown)
    return { finding: { ...line, verdict: 'problem', text: message, advice: hint, code }, lastRun: undefined }
  }
}

function notYetValid(reached: Reached): readonly string[] {
  if (reached.kind === 'reached') return []
  return causeCodes(reached.error).includes('CERT_NOT_YET_VALID') ? [reached.server.host] : []
}

function causeCodes(thrown: unknown): readonly unknown[] {
  const codes: unknown[] = []
  let error = thrown
  while (error instanceof Error && codes.length < 8) {
    codes.push('code' in error ? error.code : undefined)
    error = error.cause
  }
  return codes
}

function networkFinding(reached: Reached, now: number): Finding {
  const { host, port, protocol, pairs } = reached.server
  const [first = ''] = pairs
  const who = pairs.length === 1 ? first : `${first} and ${counted(pairs.length - 1, 'other pair')}`
  const line = { area: 'network', about: `${host}:${port}` } as const
  if (reached.kind === 'failed') {
    const { message, hint, code } = reached.error
    return { ...line, verdict: 'problem', text: `${protocol} of ${who}: ${message}`, advice: hint, code }
  }
  const { tls } = reached
  if (tls === undefined) {
    const text = `${protocol} of ${who}, not encrypted: whoever is on the way reads the password and the mail`
    const isHere = /^(localhost|127\.|::1$)/.test(host)
    const local = `${protocol} of ${who}, on this machine, not encrypted`
    return isHere
      ? { ...line, verdict: 'ok', text: local }
      : { ...line, verdict: 'warning', text, advice: 'Use tls: implicit or starttls.' }
  }
  const left = daysLeft(tls, now)
  const text = `${protocol} of ${who}, ${tls.protocol}, certificate for ${counted(left, 'more day')}`
  if (left >= soon) return { ...line, verdict: 'ok', text }
  const advice = 'Its operator has to renew it; without that, runs fail from then on.'
  return { ...line, verdict: 'warning', text, advice }
}
