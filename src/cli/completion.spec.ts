import { describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { skipped } from '../../test/support/skipped.js';
import { optionName } from './command.js';
import { COMMANDS } from './command-table.js';
import { bashCompletion, zshCompletion } from './completion.js';

const has = (shell: string): boolean => spawnSync(shell, ['--version']).status === 0;
const itInBash = has('bash') ? it : skipped('bash is not installed');
const itInZsh = has('zsh') ? it : skipped('zsh is not installed');

function inBash(script: string, folder: string): string {
  return execFileSync('bash', ['--norc', '-su'], { input: script, encoding: 'utf8', cwd: folder });
}

/** What bash offers when the cursor stands behind `line`, split as bash splits it. */
function offered(line: string, folder = tmpdir()): string[] {
  const words = line.split(/(?<==)|(?==)| /);
  const probe = `
    COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')})
    COMP_CWORD=${words.length - 1}
    _provost
    printf '%s\\n' "\${COMPREPLY[@]}"`;
  const output = inBash(`${bashCompletion(COMMANDS)}${probe}`, folder);
  return output.split('\n').filter((word) => word !== '');
}

describe('completion in bash', () => {
  itInBash('is registered for the client', async () => {
    const registered = inBash(`${bashCompletion(COMMANDS)}complete -p provost`, tmpdir());
    expect(registered).toBe('complete -F _provost provost\n');
  });

  itInBash('offers the words of commands, one after the other', async () => {
    expect(offered('provost que')).toEqual(['queue']);
    expect(offered('provost queue ')).toEqual([
      'list',
      'show',
      'explain',
      'retry',
      'cancel',
      'cancel-behind',
      'confirm',
      'targets',
      'hold',
      'lift',
      'restoration',
      'release',
      'hold-all',
    ]);
    expect(offered('provost --json --server http://a schedule r')).toEqual(['runs', 'run', 'resume']);
    expect(offered('provost help sessions ')).toEqual(['end']);
    expect(offered('provost queue show ')).toEqual([]);
    expect(offered('provost identities show queue ')).toEqual([]);
  });

  itInBash('offers the options of the command and those of every command', async () => {
    expect(offered('provost queue list --st')).toEqual(['--state']);
    expect(offered('provost queue list --')).toEqual([
      '--state',
      '--system',
      '--limit',
      '--after',
      '--server',
      '--json',
      '--help',
      '--version',
    ]);
    expect(offered('provost --v')).toEqual(['--version']);
  });

  itInBash('offers the choices of an option, in both ways to write it', async () => {
    expect(offered('provost queue list --state F')).toEqual(['FAILED']);
    expect(offered('provost queue list --state=')).toEqual([
      'CREATED',
      'RUNNING',
      'UNKNOWN',
      'FAILED',
      'NOT_EXECUTED',
      'BLOCKED',
    ]);
    expect(offered('provost login --realm=d')).toEqual(['dsa']);
    expect(offered('provost operators create --role auditor --role op')).toEqual(['operator']);
    expect(offered('provost queue list --limit ')).toEqual([]);
  });

  itInBash('offers files where a file is asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'provost-completion-'));
    try {
      writeFileSync(join(folder, 'the key'), '');
      expect(offered('provost login --service-key-file the', folder)).toEqual(['the key']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  itInBash(
    'offers every command and option there is',
    async () => {
      for (const { name, options } of COMMANDS) {
        const words = name.split(' ');
        expect(offered(`provost ${name}`)).toContain(words.at(-1));
        expect(offered(`provost ${name} --`)).toEqual(
          expect.arrayContaining(Object.keys(options).map(optionName)),
        );
      }
    },
    30_000,
  );
});

describe('completion in zsh', () => {
  it('knows every command, option and choice with what it is for', () => {
    const script = zshCompletion(COMMANDS);
    expect(script).toMatch(/^#compdef provost\n/);
    const quote = (text: string): string => text.replaceAll("'", String.raw`'\''`);
    for (const { name, about, options } of COMMANDS) {
      expect(script).toContain(quote(`${name.split(' ').at(-1)}:${about}`));
      for (const [key, option] of Object.entries(options)) {
        expect(script).toContain(quote(`${optionName(key)}:${option.about}`));
        if ('choices' in option && option.choices) {
          const choices = option.choices.map((choice) => `'${choice}'`).join(' ');
          expect(script).toContain(`' ${name} ${optionName(key)}') compadd -- ${choices}`);
        }
      }
    }
  });

  itInZsh('is a script that zsh can read', async () => {
    const { status, stderr } = spawnSync('zsh', ['-f', '-n', '-s'], { input: zshCompletion(COMMANDS) });
    expect({ status, stderr: String(stderr) }).toEqual({ status: 0, stderr: '' });
  });
});

describe('the options of all commands', () => {
  it('take a value everywhere or nowhere, which completion goes by', () => {
    const kinds = new Map<string, Set<boolean>>();
    for (const { options } of COMMANDS) {
      for (const [key, { kind }] of Object.entries(options)) {
        kinds.set(key, (kinds.get(key) ?? new Set()).add(kind === 'flag'));
      }
    }
    expect([...kinds].filter(([, flags]) => flags.size > 1)).toEqual([]);
  });
});
