// A disk of a few megabytes that can be filled to the last page, for as long as a test lasts.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

/** Why there are no small disks here; false where there may be. */
export const noSmallDisk =
  process.getuid?.() === 0 && process.platform === 'linux' ? false : 'only root on Linux can mount a small disk'

const pageSize = 4096

/** Mounts a disk over a directory; false where that is forbidden even to root. */
export function mountSmallDisk(directory: string, options: string): boolean {
  try {
    execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `${options},mode=0700`, 'tmpfs', directory], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** Takes it away, with everything on it. */
export function unmountSmallDisk(directory: string): void {
  execFileSync('/bin/umount', ['--lazy', directory])
}

/** Fills the disk, but for so many pages. Returns what makes room again. */
export function fillDisk(directory: string, except: number): () => void {
  const ballast = join(directory, 'ballast')
  const spare = join(directory, 'spare')
  if (except > 0) writePages(spare, except)
  writePages(ballast, Number.POSITIVE_INFINITY)
  rmSync(spare, { force: true })
  return () => rmSync(ballast)
}

/** Writes as many pages as there is room for. */
export function writePages(path: string, pages: number): void {
  let file: number | undefined
  try {
    file = openSync(path, 'w')
    for (let page = 0; page < pages; page += 1) writeSync(file, Buffer.alloc(pageSize))
  } catch (thrown) {
    assert.ok(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC')
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
