// The accounts Provost answers for.
import { apiPath } from '../api/api.js';
import { textOf } from '../api/json.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS } from '../command.js';
import { type Column, pageReport } from '../report.js';
import { instantText } from '../terminal/relative-time.js';
import { findIdentity, findSystem, idOf } from './lookup.js';

const COLUMNS: readonly Column[] = [
  { title: 'SYSTEM', cell: ({ systemName, system }) => textOf(systemName ?? system) },
  { title: 'STATE', cell: ({ state }) => textOf(state) },
  { title: 'CONFIRMED', cell: ({ confirmedAt }, { now }) => instantText(confirmedAt, now) },
  { title: 'IDENTIFIER', cell: ({ identifier }) => textOf(identifier) },
];

const list = defineCommand({
  name: 'accounts list',
  about: 'List accounts on systems, and when each was last seen to be right.',
  options: {
    identity: { kind: 'text', placeholder: 'LOGIN|ID', about: 'Only those of this identity.' },
    system: { kind: 'text', placeholder: 'NAME|ID', about: 'Only those on this system.' },
    ...LIST_OPTIONS,
  },
  run: async ({ api }, { identity, system, limit = DEFAULT_LIMIT, after }) => {
    const identityId = identity === undefined ? undefined : idOf(await findIdentity(api, identity));
    const systemId = system === undefined ? undefined : idOf(await findSystem(api, system));
    const page = await api.list(apiPath`accounts`, { identityId, systemId }, limit, after);
    return pageReport(page, COLUMNS, 'There is no such account.');
  },
});

export const accountCommands = [list];
