// Completion scripts for shells, written from what the commands declare.
import { type Command, type OptionDeclaration, optionName, type Options } from './command.js';
import { GLOBAL_OPTIONS } from './command-line.js';

/** For bash since version 3.2. */
export function bashCompletion(commands: readonly Command[]): string {
  return `# bash completion for provost: eval "$(provost completion bash)"
_provost() {
  local current=\${COMP_WORDS[COMP_CWORD]} at= takes= word index found=
  COMPREPLY=()
  for ((index = 1; index < COMP_CWORD; index++)); do
    word=\${COMP_WORDS[index]}
    # bash makes three words of --state=FAILED
    [[ $word == = ]] && continue
    if [[ -n $takes ]]; then takes=; continue; fi
    case $word in
      ${valueOptions(commands).join('|')}) takes=$word ;;
      -*) ;;
      help) ;;
      *) case "$at $word" in
        ${pathsOf(commands).map(quoted).join('|')}) at="$at $word" ;;
      esac ;;
    esac
  done
  [[ $current == = ]] && current=
  if [[ -n $takes ]]; then
    case "$at $takes" in
${choicesOf(commands)
  .map(
    ({ path, option, choices }) =>
      `      ${quoted(`${path} ${option}`)}) found=${quoted(choices.join(' '))} ;;`,
  )
  .join('\n')}
      ${fileOptions(commands)
        .map(({ path, option }) => quoted(`${path} ${option}`))
        .join('|')})
        local IFS=$'\\n'
        compopt -o filenames 2>/dev/null
        COMPREPLY=($(compgen -f -- "$current"))
        return ;;
    esac
  elif [[ $current == -* ]]; then
    case $at in
${commands.map((command) => `      ${quoted(` ${command.name}`)}) found=${quoted(typedOptions(command.options).join(' '))} ;;`).join('\n')}
    esac
    found="$found ${typedOptions(GLOBAL_OPTIONS).join(' ')}"
  else
    case $at in
${groupsOf(commands)
  .map(
    ({ path, words }) => `      ${quoted(path)}) found=${quoted(words.map(({ word }) => word).join(' '))} ;;`,
  )
  .join('\n')}
    esac
  fi
  COMPREPLY=($(compgen -W "$found" -- "$current"))
}
complete -F _provost provost
`;
}

export function zshCompletion(commands: readonly Command[]): string {
  return `#compdef provost
# zsh completion for provost: eval "$(provost completion zsh)", or as _provost in a folder of $fpath
_provost() {
  local at= takes= word index
  local -a found
  for ((index = 2; index < CURRENT; index++)); do
    word=\${words[index]}
    if [[ -n $takes ]]; then takes=; continue; fi
    case $word in
      ${valueOptions(commands).join('|')}) takes=$word ;;
      -*) ;;
      help) ;;
      *) case "$at $word" in
        ${pathsOf(commands).map(quoted).join('|')}) at="$at $word" ;;
      esac ;;
    esac
  done
  if [[ -z $takes && $PREFIX == --*=* ]]; then
    takes=\${PREFIX%%=*}
    compset -P '*='
  fi
  if [[ -n $takes ]]; then
    case "$at $takes" in
${choicesOf(commands)
  .map(
    ({ path, option, choices }) =>
      `      ${quoted(`${path} ${option}`)}) compadd -- ${choices.map(quoted).join(' ')} ;;`,
  )
  .join('\n')}
      ${fileOptions(commands)
        .map(({ path, option }) => quoted(`${path} ${option}`))
        .join('|')}) _files ;;
    esac
    return
  fi
  if [[ $PREFIX == -* ]]; then
    case $at in
${commands.map((command) => `      ${quoted(` ${command.name}`)}) found=(${describedOptions(command.options).join(' ')}) ;;`).join('\n')}
    esac
    found+=(${describedOptions(GLOBAL_OPTIONS).join(' ')})
    _describe -o option found
    return
  fi
  case $at in
${groupsOf(commands)
  .map(
    ({ path, words }) =>
      `    ${quoted(path)}) found=(${words.map(({ word, about }) => described(word, about)).join(' ')}) ;;`,
  )
  .join('\n')}
  esac
  _describe command found
}
if [[ $funcstack[1] == _provost ]]; then _provost "$@"; else compdef _provost provost; fi
`;
}

interface Group {
  /** The words before, each with a blank before it; empty at the beginning. */
  readonly path: string;
  readonly words: readonly { readonly word: string; readonly about: string }[];
}

/** What can come after each beginning of a command. */
function groupsOf(commands: readonly Command[]): Group[] {
  return ['', ...pathsOf(commands)].flatMap((path) => {
    const words = new Map<string, string>();
    for (const { name, about } of commands) {
      if (!` ${name}`.startsWith(`${path} `)) continue;
      const [word = '', ...further] = name.slice(path.length).trim().split(' ');
      if (further.length === 0) words.set(word, about);
      else if (!words.has(word)) words.set(word, `Everything about ${word}.`);
    }
    if (path === '') words.set('help', 'Explain a command.');
    return words.size === 0 ? [] : [{ path, words: [...words].map(([word, about]) => ({ word, about })) }];
  });
}

/** Every beginning of a command, whole commands too, a blank before each word. */
function pathsOf(commands: readonly Command[]): string[] {
  const paths = commands.flatMap(({ name }) => {
    const words = name.split(' ');
    return words.map((_, index) => ` ${words.slice(0, index + 1).join(' ')}`);
  });
  return [...new Set(paths)];
}

interface OptionOfCommand {
  readonly path: string;
  readonly option: string;
  readonly declared: OptionDeclaration;
}

function optionsOf(commands: readonly Command[]): OptionOfCommand[] {
  return commands.flatMap(({ name, options }) =>
    Object.entries(options).map(([key, declared]) => ({
      path: ` ${name}`,
      option: optionName(key),
      declared,
    })),
  );
}

function choicesOf(
  commands: readonly Command[],
): (OptionOfCommand & { readonly choices: readonly string[] })[] {
  return optionsOf(commands).flatMap((option) =>
    'choices' in option.declared && option.declared.choices !== undefined
      ? [{ ...option, choices: option.declared.choices }]
      : [],
  );
}

function fileOptions(commands: readonly Command[]): OptionOfCommand[] {
  return optionsOf(commands).filter(
    ({ declared }) => declared.kind !== 'flag' && declared.placeholder === 'FILE',
  );
}

/** Options that the next word belongs to. */
function valueOptions(commands: readonly Command[]): string[] {
  const all = [...commands, { options: GLOBAL_OPTIONS }].flatMap(({ options }) =>
    Object.entries<OptionDeclaration>(options),
  );
  return [...new Set(all.filter(([, { kind }]) => kind !== 'flag').map(([key]) => optionName(key)))];
}

function typedOptions(options: Options): string[] {
  return Object.keys(options).map(optionName);
}

function describedOptions(options: Options): string[] {
  return Object.entries(options).map(([key, { about }]) => described(optionName(key), about));
}

/** As zsh's _describe takes it: a colon ends the word. */
function described(word: string, about: string): string {
  return quoted(`${word}:${about}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
