/**
 * `nbs completion`: what a shell needs to complete commands, options, choices and file names. Does not know them: the
 * scripts ask the program itself (`--get-yargs-completions`), so that they never grow old.
 */
import type { Argv } from 'yargs'
import { EXIT } from '../core/exit.ts'
import { printFile } from '../outlet/print.ts'
import { ending } from './options.ts'

const BASH = `# nbs completion bash: source this from ~/.bashrc, or put it into /etc/bash_completion.d
_nbs() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -W "$(SHELL=bash nbs --get-yargs-completions "\${COMP_WORDS[@]:0:COMP_CWORD+1}" 2>/dev/null)" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o bashdefault -o default -F _nbs nbs
`

const ZSH = `#compdef nbs
# nbs completion zsh > a folder of $fpath, as _nbs
_nbs() {
  local -a replies
  replies=("\${(@f)$(SHELL=zsh nbs --get-yargs-completions "\${(@)words[1,CURRENT]}" 2>/dev/null)}")
  _describe 'nbs' replies || _files
}
if [ "$funcstack[1]" = _nbs ]; then _nbs "$@"; else compdef _nbs nbs; fi
`

const FISH = `# nbs completion fish > ~/.config/fish/completions/nbs.fish
complete -c nbs -a '(SHELL=fish nbs --get-yargs-completions (commandline -opc) (commandline -ct) 2>/dev/null)'
`

const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const

export const builder = (yargs: Argv) =>
  yargs
    .positional('shell', {
      choices: ['bash', 'zsh', 'fish'] as const,
      demandOption: true,
      describe: 'The shell to print the script for',
    })
    .epilogue(
      ending([
        ['nbs completion bash > /etc/bash_completion.d/nbs', 'for all users of this computer'],
        ['source <(nbs completion bash)', 'for the current shell'],
      ]),
    )

type Arguments = Awaited<ReturnType<typeof builder>['argv']>

export const handler = ({ shell }: Arguments): void => {
  printFile(SCRIPTS[shell])
  process.exitCode = EXIT.ok
}
