// The statements that change a pair's book, prepared once per ledger.
import type { Connection, Statement } from './sqlite.ts'

/** Everything that is written. Parameters are numbered in the order of the columns they fill. */
export interface WriteStatements {
  readonly addPair: Statement
  readonly findPair: Statement
  readonly startRun: Statement
  readonly finishRun: Statement
  readonly numberRun: Statement
  readonly takeIdleRun: Statement
  readonly forgetIdleRun: Statement
  readonly noteIdleRun: Statement
  readonly runsBefore: Statement
  readonly didSettle: Statement
  readonly addFolder: Statement
  readonly findFolder: Statement
  readonly lastBegun: Statement
  readonly begin: Statement
  readonly settle: Statement
  readonly addSettled: Statement
  readonly giveWay: Statement
  readonly rename: Statement
  readonly markRemoval: Statement
  readonly markAbsent: Statement
  readonly setCompared: Statement
  readonly setHabit: Statement
  readonly count: Statement
  readonly forgetCounts: Statement
}

const begin = `
  INSERT INTO message
    (pair, key, listed_size, state, outcome, size, exact, canonical, folder, uid_next, begun, attempts, run, changed_at,
     removal, sent_size, sent_exact, sent_canonical, repairs)
  VALUES (?1, ?2, ?3, 'begun', 'pending', ?4, ?5, ?6, ?7, ?8, ?9, 0, ?10, ?11, 'none',
    ?12, ?13, ?14, ?15)
  ON CONFLICT (pair, key) DO UPDATE SET
    listed_size = excluded.listed_size, state = 'begun', outcome = 'pending', size = excluded.size,
    exact = excluded.exact, canonical = excluded.canonical, folder = excluded.folder, uid = NULL,
    uid_next = excluded.uid_next, begun = excluded.begun, reason = NULL, run = excluded.run,
    policy = NULL, changed_at = excluded.changed_at, settled_at = NULL, absent_since = NULL, removal = 'none',
    sent_size = excluded.sent_size, sent_exact = excluded.sent_exact, sent_canonical = excluded.sent_canonical,
    repairs = excluded.repairs`

// Both take the same parameters; a message that the ledger has not seen is added, any other one changed. One UPSERT
// would check its new row against the schema before it looks for an old one, which may have the place that it lacks.
const addSettled = `
  INSERT INTO message
    (pair, key, listed_size, state, outcome, size, exact, canonical, folder, uid, reason, run, policy, changed_at,
     settled_at, attempts, removal)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, iif(?4 = 'settled', ?14, NULL),
    ?4 = 'failed' AND ?5 = 'failed', 'none')
  ON CONFLICT (pair, key) DO NOTHING`

// The proof that a message is settled is never given up for less. An attempt is a try that really failed. An append that
// was announced by a run which never came to its end, and did not arrive, was interrupted, perhaps by itself (quirk D18):
// that is counted apart, until the message gets any answer. What a settlement does not say of size and hashes stays as it
// is; so do the place of a message that stays settled, and the time when it was first settled. What was sent in its place
// counts only for an append that was announced, not for a message that is found to lie there already.
const lies = "?4 = 'settled' AND state IN ('begun', 'settled')"
const settle = `
  UPDATE message SET
    listed_size = ?3, state = ?4, outcome = ?5, size = coalesce(?6, size), exact = coalesce(?7, exact),
    canonical = coalesce(?8, canonical), folder = coalesce(?9, iif(?4 = 'settled', folder, NULL)),
    uid = coalesce(?10, iif(?4 = 'settled', uid, NULL)), uid_next = NULL, begun = NULL, reason = ?11, run = ?12,
    policy = ?13, changed_at = ?14, settled_at = iif(?4 = 'settled', coalesce(settled_at, ?14), NULL),
    attempts = attempts + (?4 = 'failed' AND ?5 = 'failed'),
    interrupted = iif(?4 = 'failed' AND ?5 = 'pending', interrupted + (state = 'begun' AND run <> ?12 AND
      (SELECT finished_at FROM run WHERE run.id = message.run) IS NULL), 0),
    absent_since = NULL, removal = iif(?4 = 'settled', removal, 'none'), sent_size = iif(${lies}, sent_size, NULL),
    sent_exact = iif(${lies}, sent_exact, NULL), sent_canonical = iif(${lies}, sent_canonical, NULL),
    repairs = iif(${lies}, repairs, NULL)
  WHERE pair = ?1 AND key = ?2 AND (state <> 'settled' OR ?4 = 'settled')`

/** Prepares what books write. */
export function prepareWriting(connection: Connection): WriteStatements {
  const prepare = (sql: string) => connection.prepare(sql)
  return {
    addPair: prepare('INSERT OR IGNORE INTO pair (name) VALUES (?)'),
    findPair: prepare('SELECT id FROM pair WHERE name = ?'),
    // No message refers to an idle run, so the next one may have its number: runs do not pile up where nothing happens.
    takeIdleRun: prepare(`
      UPDATE run SET version = ?2, started_at = ?3, finished_at = NULL
      WHERE pair = ?1 AND finished_at IS NOT NULL AND (id, id || ' ' || started_at) =
        (SELECT CAST(value AS INTEGER), value FROM habit WHERE habit.pair = ?1 AND name = 'idle-run')
      RETURNING id`),
    forgetIdleRun: prepare("DELETE FROM habit WHERE pair = ? AND name = 'idle-run'"),
    noteIdleRun: prepare(
      "INSERT OR REPLACE INTO habit SELECT pair, 'idle-run', id || ' ' || started_at FROM run WHERE id = ?",
    ),
    startRun: prepare('INSERT INTO run (pair, version, started_at) VALUES (?, ?, ?) RETURNING id'),
    finishRun: prepare('UPDATE run SET finished_at = ? WHERE id = ?'),
    numberRun: prepare('UPDATE run SET together = ? WHERE id = ?'),
    runsBefore: prepare('SELECT id, finished_at FROM run WHERE pair = ? AND id < ? ORDER BY id DESC LIMIT ?'),
    didSettle: prepare("SELECT 1 FROM message WHERE pair = ? AND run BETWEEN ? AND ? AND state = 'settled' LIMIT 1"),
    addFolder: prepare('INSERT OR IGNORE INTO folder (account, path, uid_validity) VALUES (?, ?, ?)'),
    findFolder: prepare('SELECT id FROM folder WHERE account = ? AND path = ? AND uid_validity = ?'),
    lastBegun: prepare('SELECT max(begun) FROM message WHERE pair = ? AND begun IS NOT NULL'),
    begin: prepare(begin),
    settle: prepare(settle),
    addSettled: prepare(addSettled),
    giveWay: prepare("DELETE FROM message WHERE pair = ? AND key = ? AND state NOT IN ('settled', 'begun')"),
    rename: prepare('UPDATE message SET key = ?, listed_size = ? WHERE pair = ? AND key = ?'),
    markRemoval: prepare('UPDATE message SET removal = ? WHERE pair = ? AND key = ?'),
    markAbsent: prepare('UPDATE message SET absent_since = ? WHERE pair = ? AND key = ?'),
    setCompared: prepare('INSERT OR REPLACE INTO compared VALUES (?, ?, ?, ?, ?)'),
    setHabit: prepare('INSERT OR REPLACE INTO habit VALUES (?, ?, ?)'),
    count: prepare('INSERT OR REPLACE INTO budget (day, name, bytes) VALUES (?, ?, ?)'),
    // Kept for some days: a clock that was put forward by mistake shall not cost what was counted.
    forgetCounts: prepare("DELETE FROM budget WHERE name = ?2 AND day < date(?1, '-7 days')"),
  }
}
