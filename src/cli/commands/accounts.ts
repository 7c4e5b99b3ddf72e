// The accounts Provost answers for.
import { apiPath } from '../api/api.js';
import { isObject, textOf } from '../api/json.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS } from '../command.js';
import { type Column, pageReport } from '../report.js';
import { instantText } from '../terminal/relative-time.js';
import { findIdentity, findSystem, idOf } from './lookup.js';

const COLUMNS: readonly Column[] = [
  { title: 'SYSTEM', cell: ({ system }) => textOf(isObject(system) ? system['name'] : system) },
  { title: 'LOGIN', cell: ({ identity }) => textOf(isObject(identity) ? identity['login'] : identity) },
  { title: 'STATE', cell: ({ state }) => textOf(state) },
  {
    title: 'WAITING',
    cell: ({ waiting }) => ({ text: textOf(waiting), tone: waiting === 0 ? undefined : 'warning' }),
  },
  { title: 'CONFIRMED', cell: ({ confirmedAt }, { now }) => instantText(confirmedAt, now) },
  { title: 'IDENTIFIER', cell: ({ identifier }) => textOf(identifier) },
];

const list = defineCommand({
  name: 'accounts list',
  about: 'List accounts on systems, and when each was last seen or written there.',
  options: {
    identity: { kind: 'text', placeholder: 'LOGIN|ID', about: 'Only those of this identity.' },
    system: { kind: 'text', placeholder: 'NAME|ID', about: 'Only those on this system.' },
    ...LIST_OPTIONS,
  },
  run: async ({ api }, { identity, system, limit = DEFAULT_LIMIT, after }) => {
    const query = {
      identity: identity === undefined ? undefined : idOf(await findIdentity(api, identity)),
      system: system === undefined ? undefined : idOf(await findSystem(api, system)),
    };
    const page = await api.list(apiPath`accounts`, query, limit, after);
    return pageReport(page, COLUMNS, 'There is no such account.');
  },
});

export const accountCommands = [list];
