// What waits, why, until when, and what a person does about it.
import { type Api, apiPath } from '../api/api.js';
import { asObject, isObject, type JsonObject, objectsOf, requireText, textOf } from '../api/json.js';
import { usageError } from '../cli-error.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS } from '../command.js';
import { type Column, fieldsReport, pageReport, type Report, sentenceReport } from '../report.js';
import { duration, instantText } from '../terminal/relative-time.js';
import type { Tone } from '../terminal/style.js';
import { type Cell, layOutFields, layOutTable } from '../terminal/table.js';
import { findSystem } from './lookup.js';
import { adviceFor } from './queue-advice.js';

const OPERATION = { placeholder: 'ID', about: 'The operation, such as o41-7.' } as const;

const TONES: ReadonlyMap<string, Tone> = new Map([
  ['FAILED', 'bad'],
  ['UNKNOWN', 'warning'],
  ['EXECUTED', 'good'],
  ['CANCELED', 'faint'],
]);

const COLUMNS: readonly Column[] = [
  { title: 'ID', cell: ({ id }) => textOf(id) },
  { title: 'STATE', cell: ({ state }) => stateCell(state) },
  { title: 'SUBJECT', cell: ({ subject }) => textOf(subject) },
  { title: 'TRIES', cell: ({ attempts }) => textOf(attempts) },
  { title: 'UNTIL', cell: (item, { now }) => instantText(waitOf(item)['until'], now) },
  { title: 'WHY', cell: (item) => textOf(waitOf(item)['text']) },
];

const ATTEMPT_COLUMNS: readonly Column[] = [
  { title: 'TRY', cell: ({ attempt }) => textOf(attempt) },
  { title: 'ENDED', cell: ({ endedAt }, { now }) => instantText(endedAt, now) },
  { title: 'TOOK', cell: ({ startedAt, endedAt }) => tookText(startedAt, endedAt) },
  { title: 'OUTCOME', cell: ({ outcome }) => textOf(outcome) },
  { title: 'CODE', cell: ({ code }) => textOf(code) },
  { title: "THE TARGET'S WORDS", cell: ({ message }) => textOf(message) },
];

const summary = defineCommand({
  name: 'queue',
  about: 'Show the queue in four figures.',
  run: async ({ api }) => {
    const figures = await api.get(apiPath`queue`);
    const cell = (key: string, tone: Tone): Cell => ({
      text: textOf(figures[key]),
      tone: figures[key] === 0 ? undefined : tone,
    });
    return fieldsReport(figures, () => [
      ['Waiting', textOf(figures['waiting'])],
      ['Failed or unknown', cell('failed', 'bad')],
      ['Lanes that wait for a person', cell('parked', 'warning')],
      ['Executed', textOf(figures['executed'])],
    ]);
  },
});

const list = defineCommand({
  name: 'queue list',
  about: 'List what waits, why, and until when.',
  options: {
    state: {
      kind: 'text',
      placeholder: 'STATE',
      about: 'Only operations in this state.',
      choices: ['CREATED', 'RUNNING', 'UNKNOWN', 'FAILED'],
    },
    system: { kind: 'text', placeholder: 'NAME', about: 'Only operations for this system.' },
    ...LIST_OPTIONS,
  },
  run: async ({ api }, { state, system, limit = DEFAULT_LIMIT, after }) => {
    const target = system === undefined ? undefined : await targetOf(api, system);
    const page = await api.list(apiPath`operations`, { state, target }, limit, after);
    return pageReport(page, COLUMNS, 'Nothing waits.');
  },
});

const show = defineCommand({
  name: 'queue show',
  about: 'Show an operation: why it waits, until when, its attempts, and what you can do.',
  arguments: { operation: OPERATION },
  run: async ({ api }, { operation }) =>
    reportOn(await api.get(apiPath`operations/${operationId(operation)}`)),
});

const retry = defineCommand({
  name: 'queue retry',
  about: 'Try a waiting operation now, whatever it waits for.',
  arguments: { operation: OPERATION },
  run: async ({ api }, { operation }) => {
    const path = apiPath`operations/${operationId(operation)}/retries`;
    return outcomeOf(asObject(await api.send('POST', path), 'the operation'));
  },
});

const cancel = defineCommand({
  name: 'queue cancel',
  about: 'End a waiting operation without executing it; what waits behind it moves up.',
  arguments: { operation: OPERATION },
  options: {
    reason: {
      kind: 'text',
      placeholder: 'TEXT',
      isRequired: true,
      about: 'Why; it stands in the audit record.',
    },
  },
  run: async ({ api }, { operation, reason }) => {
    const path = apiPath`operations/${operationId(operation)}/cancellation`;
    return outcomeOf(asObject(await api.send('POST', path, { reason }), 'the operation'));
  },
});

function operationId(typed: string): string {
  if (/^o\d+-\d+$/.test(typed)) return typed;
  throw usageError(`“${typed}” is no operation; they look like o41-7. See: provost queue list`);
}

/** The queue's name for a system; a mistyped one is an error and not an empty list. */
async function targetOf(api: Api, system: string): Promise<string> {
  return `system:${requireText(await findSystem(api, system), 'name')}`;
}

function reportOn(operation: JsonObject): Report {
  const wait = waitOf(operation);
  const reason = typeof wait['reason'] === 'string' ? wait['reason'] : null;
  const { sentence, commands } = adviceFor(textOf(operation['id']), reason);
  const history = objectsOf(operation['history']);
  return {
    document: operation,
    text: (style) => {
      const instant = (value: unknown): string => instantText(value, style.now);
      const end: [string, Cell][] =
        reason === null
          ? [
              ['Ended', instant(operation['finishedAt'])],
              ['Result', textOf(operation['result'])],
            ]
          : [
              ['Why it waits', textOf(wait['text'])],
              ['Until', wait['until'] === null ? 'no matter of time' : instant(wait['until'])],
            ];
      const fields = layOutFields(
        [
          ['Operation', { text: textOf(operation['id']), tone: 'strong' }],
          ['State', stateCell(operation['state'])],
          ['Subject', textOf(operation['subject'])],
          ...end,
          ['What you can do', sentence],
          ...commands.map(([effect, command]): [string, Cell] => [`  ${effect}`, command]),
          ['Kind', textOf(operation['kind'])],
          ['Target', textOf(operation['target'])],
          ['Lane', textOf(operation['lane'])],
          ['Accepted', instant(operation['createdAt'])],
          ['Caused by', textOf(operation['actor'])],
          ['Request', textOf(operation['requestId'])],
          ['Attempts', textOf(operation['attempts'])],
        ],
        style,
      );
      if (history.length === 0) return fields;
      const rows = history.map((attempt) => ATTEMPT_COLUMNS.map(({ cell }) => cell(attempt, style)));
      const titles = ATTEMPT_COLUMNS.map(({ title }) => title);
      // Attempts are read to the end: the target's words are not cut to the terminal's width.
      return `${fields}\n\n${layOutTable(titles, rows, { ...style, width: undefined })}`;
    },
  };
}

function outcomeOf(operation: JsonObject): Report {
  const words = waitOf(operation)['text'] ?? operation['result'];
  return sentenceReport(
    operation,
    `${textOf(operation['id'])} is ${textOf(operation['state'])}. ${textOf(words)}`,
  );
}

function waitOf({ waiting }: JsonObject): JsonObject {
  return isObject(waiting) ? waiting : {};
}

function stateCell(state: unknown): Cell {
  const text = textOf(state);
  return { text, tone: TONES.get(text) };
}

function tookText(startedAt: unknown, endedAt: unknown): string {
  if (typeof startedAt !== 'string' || typeof endedAt !== 'string') return '-';
  const took = Date.parse(endedAt) - Date.parse(startedAt);
  return took >= 0 ? duration(took) : '-';
}

export const queueCommands = [summary, list, show, retry, cancel];
