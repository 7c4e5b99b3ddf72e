import { describe, expect, it } from '@jest/globals';
import { type Command, defineCommand, LIST_OPTIONS } from './command.js';
import { parseCommandLine } from './command-line.js';

const run = async (): Promise<never> => {
  throw new Error('not run here');
};

const COMMANDS: readonly Command[] = [
  defineCommand({ name: 'login', about: 'Log in.', run }),
  defineCommand({ name: 'queue', about: 'Sum up.', run }),
  defineCommand({
    name: 'queue list',
    about: 'List.',
    options: {
      ...LIST_OPTIONS,
      state: { kind: 'text', placeholder: 'STATE', about: 'Which.', choices: ['CREATED', 'FAILED'] },
    },
    run,
  }),
  defineCommand({
    name: 'queue cancel',
    about: 'Cancel.',
    arguments: { operation: { placeholder: 'ID', about: 'Which.' } },
    options: { reason: { kind: 'text', placeholder: 'TEXT', isRequired: true, about: 'Why.' } },
    run,
  }),
  defineCommand({
    name: 'people create',
    about: 'Create.',
    options: {
      givenName: { kind: 'text', placeholder: 'TEXT', about: 'Name.' },
      role: { kind: 'list', placeholder: 'CODE', about: 'Role.' },
      yes: { kind: 'flag', about: 'Sure.' },
    },
    run,
  }),
  defineCommand({
    name: 'people allow',
    about: 'Allow.',
    options: {
      to: { kind: 'list', placeholder: 'TO', isRequired: true, about: 'What.', choices: ['see', 'change'] },
    },
    run,
  }),
];

function parse(line: string): ReturnType<typeof parseCommandLine> {
  return parseCommandLine(line === '' ? [] : line.split(' '), COMMANDS);
}

function parsed(line: string): { name: string; input: object; server: string | undefined; isJson: boolean } {
  const invocation = parse(line);
  if (invocation.kind !== 'run') throw new Error(`${line} is ${invocation.kind}`);
  const { command, input, server, isJson } = invocation;
  return { name: command.name, input, server, isJson };
}

describe('parseCommandLine', () => {
  it.each([
    '--server http://a --json queue list --state failed',
    'queue --json --server=http://a list --state=FAILED',
    'queue list --state FAILED --json --server http://a',
  ])('takes the options of every command anywhere: %s', (line) => {
    expect(parsed(line)).toEqual({
      name: 'queue list',
      input: { state: 'FAILED', limit: undefined, after: undefined },
      server: 'http://a',
      isJson: true,
    });
  });

  it('gives every option a value of its kind', () => {
    expect(parsed('people create --given-name Anna --role a --role b --yes').input).toEqual({
      givenName: 'Anna',
      role: ['a', 'b'],
      yes: true,
    });
    expect(parsed('people create').input).toEqual({ givenName: undefined, role: [], yes: false });
    expect(parsed('queue list --limit 7').input).toMatchObject({ limit: 7 });
  });

  it('takes values and arguments that begin with a dash in the two ways that say so', () => {
    expect(parsed('queue cancel --reason=-x -- -1')).toMatchObject({
      input: { operation: '-1', reason: '-x' },
    });
  });

  it('keeps a given text that is empty', () => {
    expect(parseCommandLine(['people', 'create', '--given-name', ''], COMMANDS)).toMatchObject({
      input: { givenName: '' },
    });
  });

  it.each([
    ['', []],
    ['help', []],
    ['--help', []],
    ['--json help queue list', ['queue', 'list']],
    ['queue --help', ['queue']],
    ['queue cancel -h', ['queue', 'cancel']],
    ['queue cancel o1-1 --unknown --help', ['queue', 'cancel']],
  ])('explains instead of running: “%s”', (line, topic) => {
    expect(parse(line)).toEqual({ kind: 'help', topic });
  });

  it('tells the version', () => {
    expect(parse('--version')).toEqual({ kind: 'version' });
  });

  it.each([
    ['quoue list', 'provost queue list?'],
    ['quoue --json', 'provost queue?'],
    ['queue lsit', 'provost queue list?'],
    ['qeue', 'provost queue?'],
    ['logni', 'provost login?'],
    ['queue list --stat FAILED', '--state?'],
    ['people create --givenname x', '--given-name?'],
    ['--servre http://a queue', '--server?'],
    ['queue list --state FALED', 'FAILED?'],
    ['people allow --to see --to chagne', 'change?'],
  ])('names what was most likely meant by “%s”', (line, meant) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(`Did you mean ${meant}`) }),
    );
  });

  it.each([
    ['people', 'people create'],
    ['--json', 'Name a command'],
    ['queue list more', 'There is one word too many'],
    ['queue cancel', 'ID is missing'],
    ['queue cancel o1-1', '--reason is missing'],
    ['people allow', '--to is missing. Usage: provost people allow'],
    ['people allow --to see --to no', '--to must be one of see, change'],
    ['queue cancel o1-1 o1-2 --reason x', 'There is one word too many'],
    ['queue list --limit', '--limit needs a value'],
    ['queue list --limit --json', '--limit needs a value'],
    ['queue list --limit 0', 'whole number'],
    ['queue list --limit 1e3', 'whole number'],
    ['queue list --limit 1 --limit 2', '2 times'],
    ['queue list --json=yes', '--json takes no value'],
    ['queue list -x', 'has no option -x'],
    ['queue list --no-json', 'has no option --no-json'],
    ['queue list --__proto__ x', 'has no option --__proto__'],
    ['queue list --server', '--server needs a value'],
    ['constructor', 'no command “constructor”'],
  ])('refuses “%s” with exit code 2', (line, message) => {
    expect(() => parse(line)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }),
    );
  });
});
