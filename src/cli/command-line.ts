// From the words of a command line to a command and its input.
import { usageError } from './cli-error.js';
import { type Command, type InputValue, optionName, type Options } from './command.js';
import { parseInput } from './command-input.js';
import { didYouMean } from './nearest-name.js';

/** The options of every command. */
export const GLOBAL_OPTIONS = {
  server: { kind: 'text', placeholder: 'URL', about: 'The service to talk to.' },
  json: { kind: 'flag', about: "Print the API's JSON instead of text." },
  help: { kind: 'flag', about: 'Explain the command instead of running it.' },
  version: { kind: 'flag', about: 'Print the version of this client.' },
} as const satisfies Options;

export type Invocation =
  | { readonly kind: 'help'; readonly topic: readonly string[] }
  | { readonly kind: 'version' }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly input: Readonly<Record<string, InputValue>>;
      readonly server: string | undefined;
      readonly isJson: boolean;
    };

/** @throws CliError 2 that names the nearest known command or option */
export function parseCommandLine(argv: readonly string[], commands: readonly Command[]): Invocation {
  const { words, globals, rest } = splitWords(argv, commands);
  if (words.length === 0 && rest[0] === 'help')
    return { kind: 'help', topic: rest.slice(1).filter((word) => !word.startsWith('-')) };
  if (asksFor('help', [...globals, ...rest]) || argv.length === 0) return { kind: 'help', topic: words };
  if (asksFor('version', [...globals, ...rest])) return { kind: 'version' };
  const command = commands.find(({ name }) => name === words.join(' '));
  const isMistyped = rest[0] !== undefined && !rest[0].startsWith('-') && hasFurther(words, commands);
  if (command === undefined || (isMistyped && Object.keys(command.arguments).length === 0)) {
    throw noCommand(words, rest, commands);
  }
  const options = { ...GLOBAL_OPTIONS, ...command.options };
  const { server, json, ...read } = parseInput({ ...command, options }, [...globals, ...rest]);
  const own = Object.keys({ ...command.arguments, ...command.options });
  return {
    kind: 'run',
    command,
    input: Object.fromEntries(own.map((key) => [key, read[key]])),
    server: typeof server === 'string' ? server : undefined,
    isJson: json === true,
  };
}

interface SplitWords {
  /** Those that name a command or the beginning of one. */
  readonly words: readonly string[];
  /** Options of every command, which may stand before and between them. */
  readonly globals: readonly string[];
  readonly rest: readonly string[];
}

function splitWords(argv: readonly string[], commands: readonly Command[]): SplitWords {
  const words: string[] = [];
  const globals: string[] = [];
  let index = 0;
  while (index < argv.length) {
    const word = argv[index] ?? '';
    const length = globalLength(word);
    if (length === 0 && !isPathOfCommand([...words, word], commands)) break;
    if (length === 0) words.push(word);
    else globals.push(...argv.slice(index, index + length));
    index += Math.max(length, 1);
  }
  return { words, globals, rest: argv.slice(index) };
}

/** How many words a global option takes that begins with this one; 0 when it is none. */
function globalLength(word: string): 0 | 1 | 2 {
  if (word === '-h') return 1;
  const [typed, ...inline] = word.split('=');
  const declared = Object.entries(GLOBAL_OPTIONS).find(([key]) => optionName(key) === typed)?.[1];
  if (declared === undefined) return 0;
  return declared.kind === 'text' && inline.length === 0 ? 2 : 1;
}

function isPathOfCommand(words: readonly string[], commands: readonly Command[]): boolean {
  const path = words.join(' ');
  return commands.some(({ name }) => name === path) || hasFurther(words, commands);
}

function hasFurther(words: readonly string[], commands: readonly Command[]): boolean {
  return commands.some(({ name }) => name.startsWith(`${words.join(' ')} `));
}

function asksFor(key: 'help' | 'version', args: readonly string[]): boolean {
  const end = args.indexOf('--');
  const options = end === -1 ? args : args.slice(0, end);
  return options.includes(optionName(key)) || (key === 'help' && options.includes('-h'));
}

function noCommand(words: readonly string[], rest: readonly string[], commands: readonly Command[]): Error {
  const group = words.join(' ');
  const help = ['provost help', ...words].join(' ');
  const names = [...commands.map(({ name }) => name), 'help'];
  const [next, further = '-'] = rest;
  if (next === undefined) {
    const known = names.filter((name) => name.startsWith(`${group} `));
    return usageError(
      group ? `After “${group}” comes one of: ${known.join(', ')}.` : `Name a command. See: ${help}`,
    );
  }
  if (next.startsWith('-')) {
    const meant = didYouMean(next, Object.keys(GLOBAL_OPTIONS).map(optionName));
    return usageError(`Before a command stands no ${next}.${meant} See: ${help}`);
  }
  const typed = [...words, next].join(' ');
  const meant =
    (further.startsWith('-') ? '' : didYouMean(`${typed} ${further}`, names, 'provost ')) ||
    didYouMean(typed, names, 'provost ');
  return usageError(`There is no command “${typed}”.${meant} See: ${help}`);
}
