// What the ledger's tables look like, and how an older ledger becomes a current one.
import type { DatabaseSync } from 'node:sqlite'
import { ledgerError } from './errors.ts'

/** Marks a database as a ledger of mailhaul ("mhl1" in ASCII), in the header field that SQLite keeps for this. */
export const applicationId = 0x6d686c31

/**
 * One script per version: the script at index n leads from version n to n + 1. A released script never changes.
 *
 * message: `exact` and `canonical` hold a version byte and the 32 bytes of SHA-256. A place (folder, uid) belongs to
 * one message at most. `begun` numbers the announced appends of a pair that have no answer yet.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE pair (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
  ) STRICT;

  CREATE TABLE run (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pair INTEGER NOT NULL REFERENCES pair,
    version TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER
  ) STRICT;

  CREATE TABLE lock (
    pair INTEGER PRIMARY KEY REFERENCES pair,
    token TEXT NOT NULL,
    host TEXT NOT NULL,
    boot TEXT,
    namespace TEXT,
    pid INTEGER NOT NULL,
    process_start TEXT,
    taken_at INTEGER NOT NULL,
    renewed_at INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE folder (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    path TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    UNIQUE (account, path, uid_validity)
  ) STRICT;

  CREATE TABLE message (
    pair INTEGER NOT NULL REFERENCES pair,
    key BLOB NOT NULL,
    listed_size INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('begun', 'settled', 'left-out', 'failed')),
    outcome TEXT NOT NULL,
    size INTEGER CHECK (size >= 0),
    exact BLOB CHECK (length(exact) = 33),
    canonical BLOB CHECK (length(canonical) = 33),
    folder INTEGER REFERENCES folder,
    uid INTEGER CHECK (uid BETWEEN 1 AND 4294967295),
    uid_next INTEGER,
    begun INTEGER,
    reason TEXT,
    attempts INTEGER NOT NULL,
    run INTEGER NOT NULL REFERENCES run,
    policy TEXT,
    changed_at INTEGER NOT NULL,
    removal TEXT NOT NULL CHECK (removal IN ('none', 'dele-sent', 'quit-sent', 'absent-confirmed')),
    PRIMARY KEY (pair, key),
    CHECK ((exact IS NULL) = (canonical IS NULL)),
    CHECK ((state = 'settled') = (uid IS NOT NULL)),
    CHECK ((state = 'begun') = (begun IS NOT NULL)),
    CHECK (state NOT IN ('begun', 'settled') OR folder IS NOT NULL),
    CHECK (removal = 'none' OR state = 'settled')
  ) STRICT, WITHOUT ROWID;

  CREATE UNIQUE INDEX message_place ON message (folder, uid) WHERE uid IS NOT NULL;
  CREATE INDEX message_begun ON message (pair, begun) WHERE begun IS NOT NULL;

  CREATE TABLE compared (
    pair INTEGER NOT NULL REFERENCES pair,
    account TEXT NOT NULL,
    path TEXT NOT NULL,
    uid_validity INTEGER NOT NULL,
    uid INTEGER NOT NULL,
    PRIMARY KEY (pair, account, path)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE habit (
    pair INTEGER NOT NULL REFERENCES pair,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (pair, name)
  ) STRICT, WITHOUT ROWID;
  `,
  // settled_at: when its place was first proven; absent_since: when the source stopped listing it without our removal.
  // interrupted: announced appends in a row that a dying process left without an answer. sent_*: what was sent instead
  // of the bytes retrieved, where a repair was allowed. generation: tells one ledger from another and from its backups.
  `
  ALTER TABLE message ADD COLUMN settled_at INTEGER;
  ALTER TABLE message ADD COLUMN absent_since INTEGER;
  ALTER TABLE message ADD COLUMN interrupted INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE message ADD COLUMN sent_size INTEGER CHECK (sent_size >= 0);
  ALTER TABLE message ADD COLUMN sent_exact BLOB CHECK (length(sent_exact) = 33);
  ALTER TABLE message ADD COLUMN sent_canonical BLOB CHECK (length(sent_canonical) = 33);
  ALTER TABLE message ADD COLUMN repairs TEXT;
  UPDATE message SET settled_at = changed_at WHERE state = 'settled';

  CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  INSERT INTO meta VALUES ('generation', lower(hex(randomblob(8))));
  `,
  // budget: octets counted on one day (UTC) against a daily budget, whose name tells neither host nor user.
  `
  CREATE TABLE budget (
    name TEXT NOT NULL,
    day TEXT NOT NULL,
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    PRIMARY KEY (name, day)
  ) STRICT, WITHOUT ROWID;
  `,
  // together: the runs of several pairs that one command has begun have one number for people. report: what is kept of a
  // run, one compressed document per pair; its `run` may have been taken by a later run where nothing came of it.
  `
  ALTER TABLE run ADD COLUMN together INTEGER;

  CREATE TABLE report (
    id INTEGER PRIMARY KEY,
    together INTEGER NOT NULL,
    pair INTEGER NOT NULL REFERENCES pair,
    run INTEGER,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    exit_code INTEGER NOT NULL,
    listed INTEGER NOT NULL,
    copied INTEGER NOT NULL,
    unmade INTEGER NOT NULL,
    document BLOB NOT NULL
  ) STRICT;

  CREATE INDEX report_together ON report (together);
  CREATE INDEX report_pair ON report (pair);
  `,
]

/**
 * The schema version of a database that may be used as a ledger: 0 for an empty one. Errors: ledger, for another
 * program's database and for a version later than `latest`.
 */
export function versionOf(database: DatabaseSync, path: string, latest: number): number {
  // In this order: the process that makes the tables marks the database in the same transaction.
  const isEmpty = database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined
  const application = pragma(database, 'application_id')
  const version = pragma(database, 'user_version')
  if (application !== applicationId && !(isEmpty && application === 0 && version === 0)) {
    const hint = 'Name another file as the ledger, or a path where mailhaul may create one.'
    throw ledgerError(`The file ${path} is a database of another program, not a ledger of mailhaul.`, hint)
  }
  if (version <= latest) return version
  const hint =
    'Run the newer mailhaul again, or put a backup from before it in its place: what was moved since is found at the ' +
    'destination and not appended twice.'
  throw ledgerError(
    `The ledger ${path} was written by a newer mailhaul (schema ${version}, this one knows ${latest}).`,
    hint,
  )
}

/**
 * Brings a database to the version after the last step, in one transaction: wholly or not at all. Where this throws,
 * closing the database undoes what was done.
 */
export function bringUpToDate(database: DatabaseSync, path: string, steps: readonly string[]): void {
  database.exec('BEGIN IMMEDIATE')
  // Asked again under the write lock: another process may have been faster.
  for (const step of steps.slice(versionOf(database, path, steps.length))) database.exec(step)
  database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${steps.length}`)
  database.exec('COMMIT')
}

function pragma(database: DatabaseSync, name: string): number {
  const row = database.prepare(`PRAGMA ${name}`).get() ?? {}
  return Number(Object.values(row)[0])
}
