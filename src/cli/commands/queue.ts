// What waits, why, and until when.
import { type Api, apiPath } from '../api/api.js';
import { type JsonObject, objectsOf, requireText, textOf } from '../api/json.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS } from '../command.js';
import { type Column, fieldsReport, pageReport, type Report } from '../report.js';
import { duration, instantText } from '../terminal/relative-time.js';
import type { Tone } from '../terminal/style.js';
import { type Cell, layOutFields, layOutTable } from '../terminal/table.js';
import { findSystem } from './lookup.js';
import { adviceFor } from './queue-advice.js';
import { queueMoveCommands } from './queue-moves.js';
import { operationId, QUEUED_STATES, stateCell, waitOf } from './queue-operation.js';
import { queueTargetCommands } from './queue-targets.js';

const OPERATION = { placeholder: 'ID', about: 'The operation, such as o41-7.' } as const;

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
      choices: QUEUED_STATES,
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

const explain = defineCommand({
  name: 'queue explain',
  about: 'Say everything that an operation waits for, what happens next, and what you can do.',
  arguments: { operation: OPERATION },
  run: async ({ api }, { operation }) =>
    explanationReport(await api.get(apiPath`operations/${operationId(operation)}/explain`)),
});

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

function explanationReport(explanation: JsonObject): Report {
  return fieldsReport(explanation, ({ now }) => [
    ['Operation', { text: textOf(explanation['id']), tone: 'strong' }],
    ['State', stateCell(explanation['state'])],
    ['Subject', textOf(explanation['subject'])],
    ...objectsOf(explanation['findings']).flatMap((finding): [string, Cell][] => [
      ['Why', textOf(finding['text'])],
      ...whenField('  Since', finding['since'], now),
      ['  What happens next', textOf(finding['next'])],
      ...whenField('  Not before', finding['until'], now),
    ]),
    ...objectsOf(explanation['actions']).flatMap((action): [string, Cell][] => [
      ['You can', textOf(action['text'])],
      ['  Command', textOf(action['command'])],
      ['  Call', textOf(action['call'])],
    ]),
  ]);
}

function whenField(name: string, instant: unknown, now: number): [string, Cell][] {
  return instant === null ? [] : [[name, instantText(instant, now)]];
}

function tookText(startedAt: unknown, endedAt: unknown): string {
  if (typeof startedAt !== 'string' || typeof endedAt !== 'string') return '-';
  const took = Date.parse(endedAt) - Date.parse(startedAt);
  return took >= 0 ? duration(took) : '-';
}

export const queueCommands = [summary, list, show, explain, ...queueMoveCommands, ...queueTargetCommands];
