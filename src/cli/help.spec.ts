import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { optionName, usageOf } from './command.js';
import { COMMANDS } from './command-table.js';
import { PASSWORD_FILE_VARIABLE, SERVER_VARIABLE } from './environment.js';
import { EXIT } from './exit-code.js';
import { helpText } from './help.js';

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');

describe('help', () => {
  it('lists every command with its sentence', () => {
    const overview = helpText([], COMMANDS);
    for (const { name, about } of COMMANDS)
      expect(overview).toMatch(new RegExp(`^  ${name} +${about}$`, 'm'));
  });

  it.each(COMMANDS.map(({ name }) => name))('explains every argument and option of %s', (name) => {
    const command = COMMANDS.find((each) => each.name === name);
    const text = helpText(name.split(' '), COMMANDS);
    const words = Object.values(command?.arguments ?? {}).map(({ about }) => about);
    const options = Object.entries(command?.options ?? {}).flatMap(([key, { about }]) => [
      optionName(key),
      about,
    ]);
    for (const part of [...words, ...options]) expect(text).toContain(part);
  });

  it('explains a group by its commands', () => {
    expect(helpText(['queue'], COMMANDS)).toContain('queue cancel');
    expect(helpText(['identities'], COMMANDS)).not.toContain('queue');
  });

  it('names the topic that was most likely meant', () => {
    expect(() => helpText(['queue', 'lst'], COMMANDS)).toThrow(/provost help queue list/);
  });
});

describe('docs/cli.md', () => {
  it('has every command as it is called now, and no other', () => {
    const [, commands = ''] = page.split('## Commands\n');
    expect([...commands.matchAll(/^provost .*$/gm)].map(([line]) => line)).toEqual(COMMANDS.map(usageOf));
  });

  it('names the variables and every exit code', () => {
    for (const name of [SERVER_VARIABLE, PASSWORD_FILE_VARIABLE]) expect(page).toContain(`\`${name}\``);
    for (const code of Object.values(EXIT)) expect(page).toMatch(new RegExp(`^\\| ${code} +\\|`, 'm'));
  });
});

describe('the table of commands', () => {
  it('calls nothing twice, and says one sentence about everything', () => {
    const names = COMMANDS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
    for (const { about, arguments: words, options } of COMMANDS) {
      for (const sentence of [about, ...Object.values({ ...words, ...options }).map((each) => each.about)]) {
        expect(sentence).toMatch(/^[A-Z].*\.$/);
      }
    }
  });
});
