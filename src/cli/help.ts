// Help, written from what the commands declare.
import { EXIT } from './exit-code.js';
import { usageError } from './cli-error.js';
import { type Command, optionName, type Options, usageOf } from './command.js';
import { GLOBAL_OPTIONS } from './command-line.js';
import { SERVER_VARIABLE } from './environment.js';
import { didYouMean } from './nearest-name.js';

/** About everything, a group such as `queue`, or one command. @throws CliError 2 when there is no such topic */
export function helpText(topic: readonly string[], commands: readonly Command[]): string {
  const name = topic.join(' ');
  const command = commands.find((each) => each.name === name);
  const below = commands.filter((each) => each.name.startsWith(`${name} `));
  if (name === '') return overview(commands);
  const parts = [
    ...(command === undefined ? [] : [aboutCommand(command)]),
    ...(below.length === 0
      ? []
      : [
          listing(
            'Commands',
            below.map((each) => [each.name, each.about]),
          ),
        ]),
  ];
  if (parts.length > 0) return parts.join('\n\n');
  const meant = didYouMean(
    name,
    commands.map((each) => each.name),
    'provost help ',
  );
  throw usageError(`There is no command “${name}”.${meant} See: provost help`);
}

function overview(commands: readonly Command[]): string {
  return [
    'provost [--server URL] [--json] COMMAND\nprovost help COMMAND',
    'The client of Provost: people, their accounts, and the queue that keeps both alike.',
    listing(
      'Commands',
      commands.map(({ name, about }) => [name, about]),
    ),
    options('Options of every command', GLOBAL_OPTIONS),
    `The server is --server, else ${SERVER_VARIABLE}, else that of the last login, else http://127.0.0.1:3000.`,
    `Exit codes: ${EXIT.done} done, ${EXIT.refused} refused by the service, ${EXIT.usage} wrong usage, ` +
      `${EXIT.notLoggedIn} not logged in, ${EXIT.unreachable} server unreachable, ` +
      `${EXIT.ownFault} the client failed, ${EXIT.interrupted} you ended it.`,
  ].join('\n\n');
}

function aboutCommand(command: Command): string {
  const words = Object.values(command.arguments);
  return [
    usageOf(command),
    command.about,
    ...(words.length === 0
      ? []
      : [
          listing(
            'Arguments',
            words.map(({ placeholder, about }) => [placeholder, about]),
          ),
        ]),
    ...(Object.keys(command.options).length === 0 ? [] : [options('Options', command.options)]),
  ].join('\n\n');
}

function options(title: string, declared: Options): string {
  return listing(
    title,
    Object.entries(declared).map(([key, option]) => {
      const choices = 'choices' in option && option.choices ? ` One of ${option.choices.join(', ')}.` : '';
      const value = option.kind === 'flag' ? '' : ` ${option.placeholder}`;
      return [`${optionName(key)}${value}`, `${option.about}${choices}`];
    }),
  );
}

function listing(title: string, rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return [`${title}:`, ...rows.map(([name, about]) => `  ${name.padEnd(width)}  ${about}`)].join('\n');
}
