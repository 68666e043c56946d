/**
 * `completion bash`, `completion zsh`: a script for the shell.
 *
 * The script asks `drydock completion --words` what could stand next, so that it knows this very command line: verbs and
 * options out of their tables, and names from the engine, if it answers.
 */
import { command } from './command.ts';
import { CommandFailure } from './failure.ts';
import { toggle } from './flags.ts';
import { print } from './print.ts';

export const verb = command({
  usage: 'bash|zsh',
  about: 'Prints a script that teaches the shell to complete the words of this command.',
  notes: 'bash: source <(drydock completion bash)\nzsh:  source <(drydock completion zsh)',
  words: [0, Infinity],
  stopsAtWord: true,
  flags: { words: toggle('what could stand in the last of the words that follow', { isHidden: true }) },
  async run({ flags, words }) {
    if (flags.words) {
      const { candidates } = await import('./candidates.ts');
      return print((await candidates(words)).map((word) => `${word}\n`).join(''));
    }
    const script = words.length === 1 && Object.hasOwn(scripts, words[0]!) ? scripts[words[0]!] : undefined;
    if (script === undefined)
      throw new CommandFailure(
        `drydock completion: ${words.join(' ') || 'nothing'} is no shell that this is for: bash, zsh`,
      );
    print(script);
  },
});

const scripts: Readonly<Record<string, string>> = {
  // For bash a word ends at each of COMP_WORDBREAKS, and : and = are among them: what stands before the last one in the
  // word that is typed (`alpine:3`) is not to be replaced.
  bash: `# bash completion for drydock
_drydock() {
  local IFS=$'\\n' line=\${COMP_LINE:0:COMP_POINT} word kept
  local -a words
  IFS=$' \\t\\n' read -ra words <<<"$line"
  [[ $line != *[[:space:]] ]] || words+=('')
  word=\${words[\${#words[@]}-1]}
  COMPREPLY=($(drydock completion --words -- "\${words[@]:1}" 2>/dev/null))
  [ \${#COMPREPLY[@]} -gt 0 ] || { compopt -o default; return; }
  [[ $COMP_WORDBREAKS != *:* ]] || kept=\${word%"\${word##*[:=]}"}
  COMPREPLY=("\${COMPREPLY[@]#"$kept"}")
}
complete -F _drydock drydock
`,
  zsh: `#compdef drydock
_drydock() {
  local -a found
  found=(\${(f)"$(drydock completion --words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then compadd -a found; else _files; fi
}
compdef _drydock drydock
`,
};
