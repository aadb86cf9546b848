// The spool's directory: refused where others could reach in, and swept of nothing but our own leftovers.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmod, chown, lstat, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, test } from 'node:test'
import { MailhaulError } from '../../src/core/errors.ts'
import { createFileNames, prepareDirectory, sweepSpool } from '../../src/spool/directory.ts'
import { openNew } from '../../src/spool/spool-file.ts'

const onPosix = process.getuid ? {} : { skip: 'needs users and modes' }

let parent = ''
let directory = ''

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'mailhaul-test-'))
  directory = join(parent, 'spool')
})

afterEach(() => rm(parent, { recursive: true }))

async function assertRefused(path: string, about: RegExp): Promise<void> {
  const isRefusal = (thrown: unknown) =>
    thrown instanceof MailhaulError && thrown.code === 'spool' && thrown.scope === 'run' && about.test(thrown.message)
  await assert.rejects(prepareDirectory(path), isRefusal)
}

test('a missing directory is made for its owner alone, with its parents', onPosix, async () => {
  const umask = process.umask(0)
  try {
    const path = join(parent, 'a', 'b')
    assert.equal(await prepareDirectory(`${path}/`), path)
    for (const made of [path, join(parent, 'a')]) assert.equal((await lstat(made)).mode & 0o7777, 0o700)
    assert.equal(await prepareDirectory(path), path, 'and is taken as it is afterwards')
  } finally {
    process.umask(umask)
  }
})

test('links, files and directories open to others are refused', onPosix, async () => {
  await mkdir(directory, { mode: 0o700 })
  await symlink(directory, join(parent, 'link'))
  await assertRefused(join(parent, 'link'), /not a directory of its own/)
  await assertRefused(`${join(parent, 'link')}/`, /not a directory of its own/)
  await symlink(join(parent, 'nowhere'), join(parent, 'dangling'))
  await assertRefused(join(parent, 'dangling'), /cannot be used|not a directory/)
  await writeFile(join(parent, 'file'), '')
  await assertRefused(join(parent, 'file'), /cannot be used|not a directory/)
  for (const mode of [0o750, 0o701, 0o720, 0o777]) {
    await chmod(directory, mode)
    await assertRefused(directory, /open to other users/)
    await assert.rejects(prepareDirectory(directory), { hint: `Run: chmod 700 ${directory}` })
  }
})

test('a directory in one that anybody may change is refused, unless it is sticky', onPosix, async () => {
  await prepareDirectory(directory)
  await chmod(parent, 0o777)
  await assertRefused(directory, /replace/)
  await chmod(parent, 0o1777)
  await prepareDirectory(directory)
})

test('a directory of another user is refused', { skip: process.getuid?.() !== 0 && 'needs root' }, async () => {
  await mkdir(directory, { mode: 0o700 })
  await chown(directory, 12_345, 12_345)
  await assertRefused(directory, /belongs to another user/)
})

test('a new file is never an old one, nor reached through a link', onPosix, async () => {
  await writeFile(join(parent, 'there'), 'precious')
  await symlink(join(parent, 'there'), join(parent, 'link'))
  await symlink(join(parent, 'elsewhere'), join(parent, 'dangling'))
  for (const name of ['there', 'link', 'dangling']) {
    await assert.rejects(openNew(join(parent, name)), { code: 'EEXIST' })
  }
})

test('the sweep takes the files of ended processes and nothing else', async () => {
  await prepareDirectory(directory)
  const ended = spawnSync(process.execPath, ['--version']).pid
  const names = createFileNames(directory)
  const closed = createFileNames(directory)
  const own = basename(names.next())
  const ofClosed = basename(closed.next())
  closed.close()
  const tail = `${'0'.repeat(16)}-${'1'.repeat(16)}.spool`
  const leftovers = [`mailhaul-${ended}-${tail}`, `mailhaul-${process.pid}-${tail}`, ofClosed]
  const others = [
    own,
    `mailhaul-${process.ppid}-${tail}`,
    'letter.eml',
    `x-mailhaul-${ended}-${tail}`,
    `mailhaul-${ended}-${tail}.bak`,
  ]
  for (const name of [...leftovers, ...others]) await writeFile(join(directory, name), 'x')
  const inTheWay = [
    `mailhaul-${ended}-${tail.replace('0', 'a')}`,
    `mailhaul-${ended}-${tail.replace('0', 'b')}`,
  ] as const
  await mkdir(join(directory, inTheWay[0]))
  await symlink(parent, join(directory, inTheWay[1]))
  assert.equal(await sweepSpool(directory), leftovers.length)
  assert.deepEqual((await readdir(directory)).toSorted(), [...others, ...inTheWay].toSorted())
  names.close()
  assert.equal(await sweepSpool(directory), 1, 'the spool has been closed meanwhile')
})

test('the sweep needs no directory, and refuses one that is not ours alone', onPosix, async () => {
  assert.equal(await sweepSpool(directory), 0)
  await mkdir(directory)
  await writeFile(join(directory, 'x'), '')
  await chmod(directory, 0o777)
  await assert.rejects(sweepSpool(directory), { code: 'spool' })
})

test('names are unlike each other', () => {
  const names = createFileNames(directory)
  assert.equal(new Set(Array.from({ length: 100 }, () => names.next())).size, 100)
  names.close()
})
