// Checks host names and addresses, and knows which of them never leave this machine.
import { BlockList, isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import type { Parsed } from './parsed.ts'
import { quote } from './problem.ts'

/** What to write for a host. */
export const hostInstead = 'write the name of the server, such as mail.example.com'

const label = '[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?'
const hostName = new RegExp(`^(?=.{1,253}$)${label}(?:\\.${label})*$`)

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

/** Parses a bare host: lower case, international names in their ASCII form, IPv6 addresses without brackets. */
export function parseHost(host: string): Parsed<string> {
  const refuse = (problem: string, instead: string): Parsed<string> => ({ ok: false, problem, instead })
  if (isIP(host) !== 0) return { ok: true, value: host.toLowerCase() }
  // These two are not quoted back: a whole address may hold a password.
  if (host.includes('://')) return refuse('this is a whole address', hostInstead)
  if (host.includes('@')) return refuse('this looks like an e-mail address', hostInstead)
  const shown = quote(host)
  if (/^\[.*\]$/.test(host)) return refuse(`${shown} has brackets`, 'write an IPv6 address without them')
  if (/:\d+$/.test(host)) {
    return refuse(`${shown} has a port in it`, 'write the name alone, and the port under the key port')
  }
  // Only for international names: domainToASCII also reads "127.1" as an IPv4 address, and drops line ends.
  const isInternational = /[^\0-\x7f]/.test(host) && !/[\p{C}\s]/u.test(host)
  const ascii = isInternational ? domainToASCII(host) : host.toLowerCase()
  return hostName.test(ascii) ? { ok: true, value: ascii } : refuse(`${shown} is not a host name`, hostInstead)
}

/** Whether a host is this machine itself, so that an unencrypted connection is read by nobody else. */
export function isLoopback(host: string): boolean {
  const family = isIP(host)
  return family === 0 ? host.toLowerCase() === 'localhost' : loopback.check(host, family === 4 ? 'ipv4' : 'ipv6')
}
