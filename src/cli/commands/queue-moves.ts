// What a person does with waiting operations: one by its id, or many that are shown before anything moves.
import { type Api, apiPath } from '../api/api.js';
import { asObject, type JsonObject, objectsOf, requireNumber, requireText, textOf } from '../api/json.js';
import { CliError, usageError } from '../cli-error.js';
import { type CommandContext, defineCommand, type Options } from '../command.js';
import { EXIT } from '../exit-code.js';
import { type Column, type Report, sentenceReport } from '../report.js';
import { confirm as agree } from '../terminal/prompt.js';
import { type Style, styleOf } from '../terminal/style.js';
import { layOutTable } from '../terminal/table.js';
import { operationId, outcomeOf, QUEUED_STATES, stateCell } from './queue-operation.js';
import { findTarget } from './queue-targets.js';

const OPERATION = { placeholder: 'ID', about: 'The operation, such as o41-7.' } as const;
const OPERATIONS = { operations: { ...OPERATION, isRest: true } } as const;

const REASON = {
  reason: {
    kind: 'text',
    placeholder: 'TEXT',
    isRequired: true,
    about: 'Why; it stands in the audit record.',
  },
} as const satisfies Options;

const SELECTION = {
  target: { kind: 'text', placeholder: 'TARGET', about: 'All for this system or target.' },
  state: { kind: 'text', placeholder: 'STATE', about: 'All in this state.', choices: QUEUED_STATES },
  kind: { kind: 'text', placeholder: 'KIND', about: 'All of this kind.' },
  lane: { kind: 'text', placeholder: 'LANE', about: 'All of this lane.' },
  preview: { kind: 'flag', about: 'Only show what would move.' },
  yes: { kind: 'flag', about: 'Do not ask at a terminal whether it is meant.' },
} as const satisfies Options;

interface Chosen {
  readonly operations: readonly string[];
  readonly target: string | undefined;
  readonly state: string | undefined;
  readonly kind: string | undefined;
  readonly lane: string | undefined;
  readonly preview: boolean;
  readonly yes: boolean;
  readonly reason: string | undefined;
}

const COLUMNS: readonly Column[] = [
  { title: 'ID', cell: ({ id }) => textOf(id) },
  { title: 'STATE', cell: ({ state }) => stateCell(state) },
  { title: 'TRIES', cell: ({ attempts }) => textOf(attempts) },
  { title: 'TARGET', cell: ({ target }) => textOf(target) },
  { title: 'SUBJECT', cell: ({ subject }) => textOf(subject) },
];

const retry = defineCommand({
  name: 'queue retry',
  about:
    'Try waiting operations now: those named, or all that failed for a target, in a state, of a kind or lane.',
  arguments: OPERATIONS,
  options: {
    ...SELECTION,
    reason: { kind: 'text', placeholder: 'TEXT', about: 'Why, for the audit record; needed for several.' },
  },
  run: (context, chosen) => move(context, 'retry', chosen),
});

const cancel = defineCommand({
  name: 'queue cancel',
  about: 'End waiting operations without executing them; what waits behind them moves up.',
  arguments: OPERATIONS,
  options: { ...SELECTION, ...REASON },
  run: (context, chosen) => move(context, 'cancel', chosen),
});

const cancelBehind = defineCommand({
  name: 'queue cancel-behind',
  about: 'Cancel everything that stands behind an operation in its lane and has not begun.',
  arguments: { operation: OPERATION },
  options: REASON,
  run: async ({ api }, { operation, reason }) => {
    const path = apiPath`operations/${operationId(operation)}/cancellation-behind`;
    const result = asObject(await api.send('POST', path, { reason }), 'the result');
    return sentenceReport(result, `${textOf(result['moved'])} behind ${operation} are canceled.`);
  },
});

const confirm = defineCommand({
  name: 'queue confirm',
  about: 'Say that an operation whose effect is unknown is executed, because you have looked.',
  arguments: { operation: OPERATION },
  options: REASON,
  run: async ({ api }, { operation, reason }) => {
    const path = apiPath`operations/${operationId(operation)}/confirmation`;
    return outcomeOf(asObject(await api.send('POST', path, { reason }), 'the operation'));
  },
});

async function move(context: CommandContext, verb: 'retry' | 'cancel', chosen: Chosen): Promise<Report> {
  const ids = chosen.operations.map(operationId);
  const { target, state, kind, lane, reason } = chosen;
  const isFiltered = [target, state, kind, lane].some((filter) => filter !== undefined);
  const [only, ...others] = ids;
  if (only === undefined && !isFiltered) {
    throw usageError(
      `Say which: operations such as o41-7, or --target, --state, --kind or --lane. See: provost help queue ${verb}`,
    );
  }
  if (only !== undefined && others.length === 0 && !isFiltered && !chosen.preview)
    return moveOne(context.api, verb, only, reason);
  const selection = {
    move: verb,
    ...(ids.length === 0 ? {} : { ids }),
    ...(target === undefined ? {} : { target: requireText(await findTarget(context.api, target), 'name') }),
    state,
    kind,
    lane,
  };
  const answer = await context.api.send('POST', apiPath`operations/moves/preview`, selection);
  const preview = asObject(answer, 'the preview');
  if (chosen.preview) return { document: preview, text: (style) => previewText(preview, verb, style) };
  if (reason === undefined) throw usageError('--reason is missing: it stands in the audit record of each.');
  await askFirst(context, preview, verb, chosen.yes);
  return moveAll(context.api, { ...selection, selection: preview['selection'], reason });
}

async function moveOne(
  api: Api,
  verb: 'retry' | 'cancel',
  id: string,
  reason: string | undefined,
): Promise<Report> {
  const path = verb === 'retry' ? apiPath`operations/${id}/retries` : apiPath`operations/${id}/cancellation`;
  return outcomeOf(asObject(await api.send('POST', path, { reason }), 'the operation'));
}

/** @throws CliError 130 when the person does not agree */
async function askFirst(
  { environment }: CommandContext,
  preview: JsonObject,
  verb: string,
  isAgreed: boolean,
): Promise<void> {
  if (isAgreed || environment.stdin.isTTY !== true || preview['count'] === 0) return;
  const { stderr } = environment;
  stderr.write(`${previewText(preview, verb, styleOf(stderr, environment))}\n`);
  if (!(await agree(environment, `Really ${verb} ${textOf(preview['count'])}?`)))
    throw new CliError(EXIT.interrupted, 'Nothing was done.');
}

async function moveAll(api: Api, request: JsonObject): Promise<Report> {
  const result = asObject(await api.send('POST', apiPath`operations/moves`, request), 'the result');
  const done = request['move'] === 'retry' ? 'are due' : 'are canceled';
  const more = result['hasMore'] === true ? ' There are more: repeat the command.' : '';
  return sentenceReport(result, `${textOf(result['moved'])} operations ${done}.${more}`);
}

function previewText(preview: JsonObject, verb: string, style: Style): string {
  const items = objectsOf(preview['items']);
  const count = requireNumber(preview, 'count');
  if (count === 0) return `Nothing is there to ${verb}.`;
  const table = layOutTable(
    COLUMNS.map(({ title }) => title),
    items.map((item) => COLUMNS.map(({ cell }) => cell(item, style))),
    style,
  );
  const rest = count > items.length ? [`… and ${count - items.length} more.`] : [];
  const beyond = preview['hasMore'] === true ? [`There are more than ${count}: these come first.`] : [];
  return [table, ...rest, ...beyond].join('\n');
}

export const queueMoveCommands = [retry, cancel, cancelBehind, confirm];
