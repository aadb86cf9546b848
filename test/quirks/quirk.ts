// One test per quirk of the catalogue, named by its ID; docs/quirks.md is made from these calls.
import { type TestContext, test } from 'node:test'
import { catalogue } from './catalogue.ts'

/**
 * The test of quirk `id`. `what` says in one sentence what mailhaul does about it: that sentence goes into
 * docs/quirks.md, so it must be a string literal. A quirk may have several tests.
 */
export function quirk(id: string, what: string, work: (t: TestContext) => Promise<void> | void): void {
  if (catalogue[id] === undefined) throw new Error(`the catalogue has no quirk ${id}`)
  test(`${id} ${catalogue[id]}: ${what}`, work)
}
