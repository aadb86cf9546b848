// imapsync's options in the seventh column: those that mean something here, those that may be passed over, and the rest.
import { wordsOf } from './columns.ts'

/** What a row's options come to. */
export interface OptionsRead {
  /** Paths of the configuration and their values. */
  readonly values: readonly (readonly [path: string, value: unknown])[]
  /** Options without a meaning here that nobody will miss. */
  readonly passedOver: readonly string[]
  readonly problems: readonly { readonly message: string; readonly hint: string }[]
}

type Put = (path: string, value: unknown) => void
type Handler = (value: string, put: Put, expand: (path: string) => string) => string | undefined

const number = (value: string): unknown => (/^[\d_]{1,18}$/.test(value) ? Number(value.replaceAll('_', '')) : value)
const sets = (path: string, read: (value: string) => unknown = String): Handler => {
  return (value, put) => void put(path, read(value))
}

/** Options with a value that have an equal here. A sentence that is returned is a problem's hint. */
const withValue: Readonly<Record<string, Handler>> = {
  port1: sets('source.port', number),
  port2: sets('destination.port', number),
  maxsize: sets('select.maxSize', number),
  subfolder2: sets('destination.folder'),
  maxbytespersecond: sets('destination.limits.bytesPerSecond', number),
  maxmessagespersecond: sets('destination.limits.messagesPerSecond', number),
  passfile1: (value, put, expand) => void put('source.password', { file: expand(value) }),
  passfile2: (value, put, expand) => void put('destination.password', { file: expand(value) }),
  folder: (value) => (value.toUpperCase() === 'INBOX' ? undefined : 'leave it out: POP3 has one mailbox, the inbox'),
  f1f2: (value, put) => {
    const [, target] = /^inbox=(.+)$/i.exec(value) ?? []
    if (target === undefined) return 'leave it out: POP3 has one mailbox, the inbox'
    return void put('destination.folder', target)
  },
}

/** Options without a value that have an equal here. */
const alone: Readonly<Record<string, (put: Put) => void>> = {
  ssl1: (put) => put('source.tls', 'implicit'),
  ssl2: (put) => put('destination.tls', 'implicit'),
  tls1: (put) => put('source.tls', 'starttls'),
  tls2: (put) => put('destination.tls', 'starttls'),
  delete1: (put) => put('source.leave', 'delete'),
  delete: (put) => put('source.leave', 'delete'),
}

/** What would move something else, elsewhere or in another way than somebody expects: refused, with what to do. */
const refused: Readonly<Record<string, string>> = {
  dry: 'run mailhaul plan with this list instead',
  justlogin: 'run mailhaul check with this list instead',
  justconnect: 'run mailhaul check with this list instead',
  justfolders: 'run mailhaul plan with this list instead',
  justfoldersizes: 'run mailhaul plan with this list instead',
  delete2: 'mailhaul removes nothing at the destination',
  delete2duplicates: 'mailhaul removes nothing at the destination',
  delete2folders: 'mailhaul removes nothing at the destination',
  maxage: 'write select: { since: DATE } under defaults in the configuration',
  minage: 'write select: { before: DATE } under defaults in the configuration',
  nossl1: 'mailhaul wants TLS: --ssl1 or --tls1; without any, tls: none and allowPlaintext: true in the configuration',
  nossl2: 'mailhaul wants TLS: --ssl2 or --tls2; without any, tls: none and allowPlaintext: true in the configuration',
  notls1: 'mailhaul wants TLS: --ssl1 or --tls1; without any, tls: none and allowPlaintext: true in the configuration',
  notls2: 'mailhaul wants TLS: --ssl2 or --tls2; without any, tls: none and allowPlaintext: true in the configuration',
  sslargs1: 'certificates are always checked: name ca or fingerprint under defaults: source: in the configuration',
  sslargs2: 'certificates are always checked: name ca or fingerprint under defaults: destination: in the configuration',
  host1: 'write it into its column',
  host2: 'write it into its column',
  user1: 'write it into its column',
  user2: 'write it into its column',
  password1: 'write it into its column',
  password2: 'write it into its column',
  exitwhenover: 'write limits: { bytesPerDay: 500MB } under defaults: destination: in the configuration',
  oauthaccesstoken1: 'write auth: or token: under defaults: source: in the configuration',
  oauthaccesstoken2: 'write auth: or token: under defaults: destination: in the configuration',
}

/** What shapes only how imapsync works, or folders and flags that POP3 does not have. */
const needless = new Set(
  (
    'addheader allowsizemismatch authmech1 authmech2 automap buffersize checknoabletosearch debug debugimap debugimap1 ' +
    'debugimap2 domino1 domino2 errorsmax exchange1 exchange2 exclude expunge expunge1 expunge2 fast fastio1 fastio2 ' +
    'filterflags fixslash2 foldersizes foldersizesatend gmail1 gmail2 keepalive1 keepalive2 log logdir logfile ' +
    'maxbytesafter modulesversion nocheckmessageexists noexpunge1 noexpunge2 nofoldersizes nofoldersizesatend noid ' +
    'nolog nomixfolders nomodulesversion noreleasecheck noskipcrossduplicates nosyncacls nosyncflags office1 office2 ' +
    'pidfile pidfilelocking releasecheck resyncflags showpasswords simulong skipcrossduplicates skipemptyfolders ' +
    'skipsize split1 split2 subscribe subscribeall subscribed syncacls syncflagsaftercopy syncinternaldates ' +
    'nosyncinternaldates tail timeout timeout1 timeout2 tmpdir usecache nousecache useheader useuid nouid1 nouid2'
  ).split(' '),
)

/** Reads the options of one row. Problems name options, never what stands behind them. */
export function readOptions(text: string, expand: (path: string) => string): OptionsRead {
  const values: (readonly [path: string, value: unknown])[] = []
  const passedOver: string[] = []
  const problems: { message: string; hint: string }[] = []
  const put: Put = (path, value) => void values.push([path, value])
  const words = wordsOf(text)
  for (let at = 0; at < words.length; at += 1) {
    const [, option, given] = /^--?([A-Za-z0-9]+)(?:=(.*))?$/s.exec(words[at] ?? '') ?? []
    if (option === undefined) {
      const hint = 'options begin with --, and a cell that holds the separator stands in quotes'
      problems.push({ message: 'something here is no option', hint })
      continue
    }
    const name = option.toLowerCase()
    const shown = `--${option.slice(0, 30)}`
    const takesNext = given === undefined && words[at + 1] !== undefined && !words[at + 1]?.startsWith('-')
    const handler = own(withValue, name)
    const lone = own(alone, name)
    if (handler) {
      const value = given ?? words[at + 1]
      if (given === undefined) at += 1
      const hint = value === undefined ? 'write a value behind it' : handler(value, put, expand)
      if (hint !== undefined) problems.push({ message: `${shown} is not possible here`, hint })
    } else if (lone) lone(put)
    else {
      if (takesNext) at += 1
      if (needless.has(name)) passedOver.push(shown)
      else {
        const hint = own(refused, name)
        const message = `${shown} is not ${hint === undefined ? 'known' : 'possible'} here`
        problems.push({ message, hint: hint ?? 'take it out of the list' })
      }
    }
  }
  return { values, passedOver, problems }
}

// A name such as "constructor" is none of the table's.
function own<Value>(table: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
