// What operations are sent to: how it stands, holding it, and lifting that.
import { type Api, apiPath } from '../api/api.js';
import { asObject, isObject, type JsonObject, requireText, textOf } from '../api/json.js';
import { CliError } from '../cli-error.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS } from '../command.js';
import { EXIT } from '../exit-code.js';
import { didYouMean } from '../nearest-name.js';
import { type Column, pageReport, sentenceReport } from '../report.js';
import { instantText } from '../terminal/relative-time.js';
import type { Cell } from '../terminal/table.js';

const TARGET = {
  placeholder: 'TARGET',
  about: 'The name of a system, in any case, or the id of a target.',
} as const;
const SYSTEM = 'system:';

const COLUMNS: readonly Column[] = [
  { title: 'ID', cell: ({ id }) => textOf(id) },
  { title: 'NAME', cell: ({ name }) => textOf(name) },
  { title: 'MODE', cell: ({ mode }) => textOf(mode) },
  { title: 'HOLD', cell: ({ hold }) => holdCell(hold) },
  { title: 'BREAKER', cell: ({ breaker }, { now }) => breakerCell(breaker, now) },
  { title: 'IN HAND', cell: (target) => lanesText(target, 'leased') },
  { title: 'DUE', cell: (target) => lanesText(target, 'ready') },
  {
    title: 'GATED',
    cell: (target) => `${lanesText(target, 'gated-async')}/${lanesText(target, 'gated-retry')}`,
  },
  { title: 'HELD', cell: (target) => lanesText(target, 'held') },
  { title: 'PARKED', cell: (target) => lanesText(target, 'parked') },
  { title: 'WHY', cell: ({ hold, breaker }) => whyText(hold, breaker) },
];

const list = defineCommand({
  name: 'queue targets',
  about: 'List what operations are sent to: holds, breakers, and how many lanes wait.',
  options: LIST_OPTIONS,
  run: async ({ api }, { limit = DEFAULT_LIMIT, after }) =>
    pageReport(await api.list(apiPath`targets`, {}, limit, after), COLUMNS, 'There is no target.'),
});

const hold = defineCommand({
  name: 'queue hold',
  about: 'Begin nothing more on a target; what is in hand ends.',
  arguments: { target: TARGET },
  options: {
    as: {
      kind: 'text',
      placeholder: 'KIND',
      isRequired: true,
      about: 'A readonly target is still read; on the others nothing begins.',
      choices: ['disabled', 'maintenance', 'readonly'],
    },
    reason: {
      kind: 'text',
      placeholder: 'TEXT',
      isRequired: true,
      about: 'Why; everybody who asks what waits reads it.',
    },
  },
  run: async ({ api }, { target, as, reason }) => {
    const found = await findTarget(api, target);
    const body = { hold: as, reason };
    const held = await api.send('PUT', apiPath`targets/${textOf(found['id'])}/hold`, body);
    return sentenceReport(asObject(held, 'the target'), `${textOf(found['name'])} is held: ${as}.`);
  },
});

const lift = defineCommand({
  name: 'queue lift',
  about: 'Lift the hold of a target; what it held goes on where it was.',
  arguments: { target: TARGET },
  run: async ({ api }, { target }) => {
    const found = await findTarget(api, target);
    await api.send('DELETE', apiPath`targets/${textOf(found['id'])}/hold`);
    return sentenceReport(undefined, `${textOf(found['name'])} is not held any more.`);
  },
});

/** By id, name, or the name of its system. @throws CliError 1 when there is none */
export async function findTarget(api: Api, typed: string): Promise<JsonObject> {
  if (/^[1-9]\d{0,8}$/.test(typed)) return api.get(apiPath`targets/${typed}`);
  const { items } = await api.list(apiPath`targets`, {}, Infinity);
  const names = items.map((item) => requireText(item, 'name'));
  const wanted = [typed, `${SYSTEM}${typed}`].map((name) => name.toLowerCase());
  const found =
    items.find(({ name }) => name === typed || name === `${SYSTEM}${typed}`) ??
    items.find((item) => wanted.includes(requireText(item, 'name').toLowerCase()));
  if (found !== undefined) return found;
  const known = names.map((name) => (name.startsWith(SYSTEM) ? name.slice(SYSTEM.length) : name));
  throw new CliError(
    EXIT.refused,
    `No target has the name “${typed}”.${didYouMean(typed, known)} See: provost queue targets`,
  );
}

function holdCell(value: unknown): Cell {
  return isObject(value) ? { text: textOf(value['kind']), tone: 'warning' } : '-';
}

function breakerCell(value: unknown, now: number): Cell {
  const breaker = isObject(value) ? value : {};
  const state = textOf(breaker['state']);
  if (state !== 'open') return { text: state, tone: state === 'half-open' ? 'warning' : undefined };
  return { text: `open until ${instantText(breaker['until'], now)}`, tone: 'bad' };
}

function lanesText({ lanes }: JsonObject, state: string): string {
  return textOf(isObject(lanes) ? lanes[state] : undefined);
}

function whyText(held: unknown, breaker: unknown): string {
  if (isObject(held)) return textOf(held['reason']);
  return textOf(isObject(breaker) ? breaker['reason'] : undefined);
}

export const queueTargetCommands = [list, hold, lift];
