// The sessions of whoever is logged in: where else, since when.
import { apiPath } from '../api/api.js';
import { textOf } from '../api/json.js';
import { defineCommand } from '../command.js';
import { type Column, pageReport, sentenceReport } from '../report.js';
import { instantText } from '../terminal/relative-time.js';

const COLUMNS: readonly Column[] = [
  { title: 'ID', cell: ({ id }) => textOf(id) },
  {
    title: 'THIS',
    cell: ({ isCurrent }) => (isCurrent === true ? { text: 'yes', tone: 'good' } : '-'),
  },
  { title: 'USED', cell: ({ lastUsedAt }, { now }) => instantText(lastUsedAt, now) },
  { title: 'SINCE', cell: ({ createdAt }, { now }) => instantText(createdAt, now) },
  { title: 'UNTIL', cell: ({ expiresAt }, { now }) => instantText(expiresAt, now) },
  { title: 'ADDRESS', cell: ({ address }) => textOf(address) },
  { title: 'CLIENT', cell: ({ client }) => textOf(client) },
];

const list = defineCommand({
  name: 'sessions',
  about: 'List your own sessions: where you are logged in, and since when.',
  run: async ({ api }) =>
    pageReport(await api.list(apiPath`auth/sessions`, {}, Infinity), COLUMNS, 'There is no session.'),
});

const end = defineCommand({
  name: 'sessions end',
  about: 'End one of your own sessions.',
  arguments: { session: { placeholder: 'ID', about: 'The session, by the id that the list shows.' } },
  run: async ({ api }, { session }) => {
    await api.send('DELETE', apiPath`auth/sessions/${session}`);
    return sentenceReport(undefined, `The session ${session} has ended.`);
  },
});

export const ownSessionCommands = [list, end];
