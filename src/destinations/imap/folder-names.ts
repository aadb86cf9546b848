// Turns the names of a configuration into a server's own: delimiter, namespace prefix, spelling, encoding.

/** Where an account's own folders live (RFC 2342). */
export interface Namespace {
  readonly prefix: string
  /** Undefined where folders do not nest. */
  readonly delimiter: string | undefined
}

/** A folder as LIST tells it. */
export interface ListedFolder {
  readonly path: string
  readonly flags: ReadonlySet<string>
  readonly specialUse?: string | undefined
}

/** Whether a configured name is a special use, such as `\Sent` (RFC 6154), and no path. */
export function isSpecialUse(name: string): boolean {
  return name.startsWith('\\')
}

/**
 * The folder a configured name stands for: by special use; or by path, as the server spells it or as configured, exact
 * spelling first and any case after that (quirk B08). Undefined where no folder is listed under it.
 */
export function findListed<T extends ListedFolder>(
  name: string,
  folders: readonly T[],
  namespace: Namespace,
): T | undefined {
  if (isSpecialUse(name)) return folders.find(({ specialUse }) => specialUse?.toLowerCase() === name.toLowerCase())
  const path = pathOf(name, namespace)
  return (
    folders.find((folder) => folder.path === path) ??
    folders.find((folder) => folder.path === name) ??
    folders.find((folder) => sameName(folder.path, path))
  )
}

/** Whether a listed folder can hold messages: it exists, and is not just a level above others. */
export function isSelectable({ flags }: ListedFolder): boolean {
  return !hasAttribute(flags, '\\noselect') && !hasAttribute(flags, '\\nonexistent')
}

/** Whether a folder shows messages of other folders, so that nothing may be stored in it (quirk B19). */
export function isView({ flags, specialUse }: ListedFolder): boolean {
  return ['\\all', '\\flagged', '\\important'].some(
    (use) => specialUse?.toLowerCase() === use || hasAttribute(flags, use),
  )
}

/** The server's path for a configured one: `/` separates levels there, the server's delimiter here. */
export function pathOf(name: string, { prefix, delimiter }: Namespace): string {
  const path = delimiter === undefined ? name : name.replaceAll('/', delimiter)
  const inbox = path.slice(0, 5).toUpperCase() === 'INBOX' && (path.length === 5 || path[5] === delimiter)
  const spelled = inbox ? `INBOX${path.slice(5)}` : path
  if (spelled === 'INBOX' || prefix === '') return spelled
  return sameName(spelled.slice(0, prefix.length), prefix)
    ? `${prefix}${spelled.slice(prefix.length)}`
    : `${prefix}${spelled}`
}

/**
 * The path to create for a configured name: the levels above it that are listed keep the server's spelling, so that
 * `archive/2015` goes below an existing `Archive`.
 */
export function pathToCreate(name: string, folders: readonly ListedFolder[], namespace: Namespace): string {
  const path = pathOf(name, namespace)
  for (const parent of parentsOf(path, namespace).toReversed()) {
    const listed = folders.find((folder) => folder.path === parent) ?? folders.find((f) => sameName(f.path, parent))
    if (listed) return `${listed.path}${path.slice(parent.length)}`
  }
  return path
}

/** The paths of the levels above a folder, topmost first, without the namespace's own. */
export function parentsOf(path: string, { prefix, delimiter }: Namespace): readonly string[] {
  if (!delimiter) return []
  const parents: string[] = []
  const start = path.startsWith(prefix) ? prefix.length : 0
  for (let at = path.indexOf(delimiter, start); at > 0; at = path.indexOf(delimiter, at + delimiter.length)) {
    parents.push(path.slice(0, at))
  }
  return parents
}

/** A path that no server could create: a level without a name, or invisible characters. */
export function isUnusable(name: string): boolean {
  return /[\x00-\x1f\x7f]/.test(name) || name.split('/').some((level) => level === '')
}

/** A path as the server reads it: in modified UTF-7 (RFC 3501 §5.1.3), or as it is where names travel in UTF-8. */
export function encodedPath(path: string, hasUtf8Names: boolean): string {
  return hasUtf8Names ? path : modifiedUtf7(path)
}

/** The path as a quoted string, one character per octet. Neither encoding leaves an octet that would need a literal. */
export function quotedPath(path: string, hasUtf8Names: boolean): string {
  const octets = Buffer.from(encodedPath(path, hasUtf8Names), 'utf8').toString('latin1')
  return `"${octets.replace(/["\\]/g, '\\$&')}"`
}

function modifiedUtf7(text: string): string {
  return text.replaceAll('&', '&-').replace(/[^\x20-\x7e]+/g, (piece) => {
    const base64 = Buffer.from(piece, 'utf16le').swap16().toString('base64')
    return `&${base64.replace(/=+$/, '').replaceAll('/', ',')}-`
  })
}

/** Some servers keep names in one Unicode form, whichever they were given. */
function sameName(a: string, b: string): boolean {
  return a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase()
}

function hasAttribute(flags: ReadonlySet<string>, attribute: string): boolean {
  for (const flag of flags) if (flag.toLowerCase() === attribute) return true
  return false
}
