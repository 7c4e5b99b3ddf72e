import { describe, expect, it } from '@jest/globals';
import type { Api } from '../api/api.js';
import type { CommandContext } from '../command.js';
import type { Style } from '../terminal/style.js';
import { systemCommands } from './systems.js';

const style: Style = {
  width: undefined,
  now: 0,
  paint: (tone, text) => (tone === undefined ? text : `<${tone}>${text}`),
};
const items = [
  { name: 'Safe', connector: 'ldap', warnings: [] },
  { name: 'Unsafe', connector: 'ldap', warnings: [{ code: 'clear-text', text: 'Nothing is encrypted.' }] },
  { name: 'From an older service', connector: 'ldap' },
];

describe('the list of systems', () => {
  it('shows in red what is unsafe, and only that', async () => {
    const list = systemCommands.find(({ name }) => name === 'systems list');
    const api = { list: () => Promise.resolve({ items, next: null }) } as unknown as Api;

    const report = await list?.run({ api } as CommandContext, {});

    const [, safe, unsafe, older] = report?.text(style).split('\n') ?? [];
    expect(unsafe).toContain('<bad>clear-text');
    expect([safe, older].join()).not.toContain('clear-text');
  });
});
