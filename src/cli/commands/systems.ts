// The systems that accounts are kept on.
import { apiPath } from '../api/api.js';
import { asObject, isObject, objectsOf, textOf } from '../api/json.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS } from '../command.js';
import { EXIT } from '../exit-code.js';
import { type Column, fieldsReport, pageReport } from '../report.js';
import { instantText } from '../terminal/relative-time.js';
import type { Cell } from '../terminal/table.js';
import { findSystem, idOf } from './lookup.js';

const SYSTEM = { placeholder: 'NAME|ID', about: 'The name of the system, or its id.' } as const;

const COLUMNS: readonly Column[] = [
  { title: 'NAME', cell: ({ name }) => textOf(name) },
  { title: 'CONNECTOR', cell: ({ connector }) => textOf(connector) },
  { title: 'CHANGES', cell: ({ isAsynchronous }) => changesText(isAsynchronous) },
  { title: 'WARNING', cell: ({ warnings }) => ({ text: codesOf(warnings), tone: 'bad' }) },
  { title: 'DESCRIPTION', cell: ({ description }) => textOf(description) },
];

const list = defineCommand({
  name: 'systems list',
  about: 'List systems in the order of their names.',
  options: LIST_OPTIONS,
  run: async ({ api }, { limit = DEFAULT_LIMIT, after }) =>
    pageReport(await api.list(apiPath`systems`, {}, limit, after), COLUMNS, 'There is no system yet.'),
});

const show = defineCommand({
  name: 'systems show',
  about: 'Show a system and its settings; secrets by name only.',
  arguments: { system: SYSTEM },
  run: async ({ api }, { system }) => {
    const found = await findSystem(api, system);
    const settings = isObject(found['config']) ? Object.entries(found['config']) : [];
    return fieldsReport(found, ({ now }) => [
      ['Name', { text: textOf(found['name']), tone: 'strong' }],
      ...objectsOf(found['warnings']).map(({ text }): [string, Cell] => [
        'Warning',
        { text: textOf(text), tone: 'bad' },
      ]),
      ['Description', textOf(found['description'])],
      ['Connector', textOf(found['connector'])],
      ...settings.map(([key, value]): [string, Cell] => [`  ${key}`, textOf(value)]),
      ['Secrets set', textOf(found['secretNames'])],
      ['Changes', changesText(found['isAsynchronous'])],
      ['At the same time', textOf(found['concurrency'])],
      ['Retry policy', textOf(found['retryPolicy'])],
      ['Changed', instantText(found['updatedAt'], now)],
      ['Id', textOf(found['id'])],
    ]);
  },
});

const test = defineCommand({
  name: 'systems test',
  about: 'Connect to a system and tell what it says; exit code 1 when it does not let Provost in.',
  arguments: { system: SYSTEM },
  run: async ({ api }, { system }) => {
    const found = await findSystem(api, system);
    const answer = await api.send('POST', apiPath`systems/${idOf(found)}/test`);
    const finding = asObject(answer, 'the finding');
    const isGood = finding['ok'] === true;
    return {
      ...fieldsReport(finding, () => [
        ['System', textOf(found['name'])],
        [
          'Result',
          isGood
            ? { text: 'it answers', tone: 'good' }
            : { text: textOf(finding['code'] ?? 'failed'), tone: 'bad' },
        ],
        ['Its words', textOf(finding['detail'])],
      ]),
      exitCode: isGood ? EXIT.done : EXIT.refused,
    };
  },
});

function changesText(isAsynchronous: unknown): string {
  return isAsynchronous === true ? 'wait for ProvisioningQueue' : 'at once';
}

function codesOf(warnings: unknown): string {
  return objectsOf(warnings)
    .map(({ code }) => textOf(code))
    .join(', ');
}

export const systemCommands = [list, show, test];
