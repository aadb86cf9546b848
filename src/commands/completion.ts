// mailhaul completion: prints what a shell needs to complete command lines, and answers it when it asks.
import type { Command } from 'commander'
import { loadConfig } from '../config/load.ts'
import { MailhaulError } from '../core/errors.ts'
import { suggest } from '../core/suggest.ts'
import { completionOf, shells } from './completion-words.ts'
import type { CommandContext } from './context.ts'

/** The verb that a shell calls: never shown. Its words stand behind `--`; of the last there is only the beginning. */
export const askingVerb = '__complete'

const bash = `# Completion of mailhaul for bash: source <(mailhaul completion bash)
_mailhaul() {
  local kind value open=
  COMPREPLY=()
  while IFS=$'\\t' read -r kind value _; do
    case $kind in
      open) open=yes ;;
      files) compopt -o filenames -o default 2>/dev/null ;;
      word)
        [[ $open ]] || printf -v value %q "$value"
        COMPREPLY+=("$value")
        ;;
    esac
  done < <("\${COMP_WORDS[0]/#\\~/$HOME}" ${askingVerb} --line="\${COMP_LINE:0:COMP_POINT}" --breaks="$COMP_WORDBREAKS" 2>/dev/null)
}
complete -F _mailhaul mailhaul
`

const zsh = `#compdef mailhaul
# Completion of mailhaul for zsh: source <(mailhaul completion zsh), behind compinit; or as _mailhaul in a directory of $fpath
_mailhaul() {
  local -a values meanings
  local kind value meaning files
  while IFS=$'\\t' read -r kind value meaning; do
    case $kind in
      files) files=yes ;;
      word) values+=("$value"); meanings+=("$value\${meaning:+  -- $meaning}") ;;
    esac
  done < <("\${(Q)words[1]/#\\~/$HOME}" ${askingVerb} -- "\${(@Q)words[2,CURRENT-1]}" "\${(Q)PREFIX}" 2>/dev/null)
  (( $#values )) && compadd -l -d meanings -a values
  if [[ -n $files ]]; then
    compset -P '--*='
    _files
  fi
  return 0
}
if [[ $funcstack[1] == _mailhaul ]]; then _mailhaul "$@"; else compdef _mailhaul mailhaul; fi
`

const fish = `# Completion of mailhaul for fish: mailhaul completion fish | source
function __mailhaul_complete
    set -l words (commandline --current-process --tokenize --cut-at-cursor)
    set -l typed (commandline --current-token --cut-at-cursor)
    for answer in ($words[1] ${askingVerb} -- $words[2..-1] "$typed" 2>/dev/null)
        set -l parts (string split --max 2 \\t -- $answer)
        switch $parts[1]
            case word
                printf '%s\\t%s\\n' $parts[2] "$parts[3]"
            case files
                set -l start (string match --regex '^--[^=]*=' -- $typed)
                for path in (__fish_complete_path (string replace --regex '^--[^=]*=' '' -- $typed))
                    printf '%s\\n' "$start$path"
                end
        end
    end
end
complete --command mailhaul --no-files --arguments '(__mailhaul_complete)'
`

const scripts: Readonly<Record<string, string>> = { bash, zsh, fish }

/** Prints the script for a shell. Returns the exit code. */
export async function completion(shell: string, context: Pick<CommandContext, 'print'>): Promise<number> {
  const script = scripts[shell]
  if (script !== undefined) {
    context.print(script)
    return 0
  }
  const near = suggest(shell, shells)
  const message = `There is no completion for ${JSON.stringify(shell)}.`
  const hint = near === undefined ? `There is one for ${shells.join(', ')}.` : `Did you mean ${near}?`
  throw new MailhaulError({ code: 'usage', scope: 'run', retry: 'never', message, hint })
}

/** What a shell asks with: its words, or the whole line up to the cursor and the characters at which it breaks words. */
export interface Asked {
  readonly words: readonly string[]
  readonly line?: string
  readonly breaks?: string
}

/**
 * Answers a shell, one line each: `word`, the value and what it means, with tabs between; `files` where names of files may
 * stand there; first `open` where the last word of the line is within quotes. Of a line, only what stands behind the last
 * break is given, as that is what the shell replaces. Never fails: a shell has no use for an error.
 */
export async function complete(
  program: Command,
  { words, line, breaks = '' }: Asked,
  context: Pick<CommandContext, 'print'>,
): Promise<number> {
  const read = line === undefined ? { words: ['', ...words], cut: 0, isOpen: false } : wordsOf(line, breaks)
  const found = await completionOf(program, read.words.slice(1, -1), read.words.at(-1) ?? '', pairNames)
  const lines = [
    ...(read.isOpen ? ['open'] : []),
    ...found.words.map(({ value, meaning }) => `word\t${value.slice(read.cut)}\t${meaning}`),
    ...(found.files ? ['files'] : []),
  ]
  context.print(lines.map((answer) => `${answer}\n`).join(''))
  return 0
}

async function pairNames(options: ReadonlyMap<string, string>): Promise<readonly string[]> {
  try {
    const { config } = await loadConfig({ file: options.get('--config'), accounts: options.get('--accounts') })
    return config.pairs.map(({ name }) => name)
  } catch {
    return []
  }
}

/** The words of a line that is being typed, the first being the program's own name. */
export interface TypedLine {
  /** The last one may be empty. */
  readonly words: readonly string[]
  /** How many characters of the last word stand before its last break. */
  readonly cut: number
  /** Whether the last word is within quotes that have no end yet. */
  readonly isOpen: boolean
}

/** Parts a line as a shell does. `breaks`: characters at which it breaks a word when completing, unless they are quoted. */
export function wordsOf(line: string, breaks: string): TypedLine {
  const words: string[] = []
  let word: string | undefined
  let quote = ''
  let cut = 0
  for (let at = 0; at < line.length; at += 1) {
    const sign = line.charAt(at)
    const isQuote = quote === '' ? sign === '"' || sign === "'" : sign === quote
    if (isQuote) {
      quote = quote === '' ? sign : ''
      word ??= ''
      cut = word.length
    } else if (quote === '' && (sign === ' ' || sign === '\t')) {
      if (word !== undefined) words.push(word)
      word = undefined
      cut = 0
    } else if (sign === '\\' && quote !== "'") {
      at += 1
      word = (word ?? '') + line.charAt(at)
    } else {
      word = (word ?? '') + sign
      // Bash keeps these two with what stands behind them.
      if (quote === '' && breaks.includes(sign)) cut = word.length - (sign === '@' || sign === '$' ? 1 : 0)
    }
  }
  return { words: [...words, word ?? ''], cut, isOpen: quote !== '' }
}
