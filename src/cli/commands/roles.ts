// The roles of the registry.
import { apiPath } from '../api/api.js';
import { textOf } from '../api/json.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS } from '../command.js';
import { type Column, pageReport } from '../report.js';

const COLUMNS: readonly Column[] = [
  { title: 'CODE', cell: ({ code }) => textOf(code) },
  { title: 'NAME', cell: ({ name }) => textOf(name) },
  { title: 'DESCRIPTION', cell: ({ description }) => textOf(description) },
];

const list = defineCommand({
  name: 'roles list',
  about: 'List roles in the order of their codes.',
  options: LIST_OPTIONS,
  run: async ({ api }, { limit = DEFAULT_LIMIT, after }) =>
    pageReport(await api.list(apiPath`roles`, {}, limit, after), COLUMNS, 'There is no role yet.'),
});

export const roleCommands = [list];
