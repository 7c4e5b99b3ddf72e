// Recurring work: when it fires, what came of it, what becomes of missed times.
import { type Api, apiPath } from '../api/api.js';
import { asObject, type JsonObject, requireList, requireText, textOf } from '../api/json.js';
import { usageError } from '../cli-error.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS, type Options } from '../command.js';
import { EXIT } from '../exit-code.js';
import { type Column, fieldsReport, pageReport, type Report, sentenceReport } from '../report.js';
import { instantText } from '../terminal/relative-time.js';
import type { Style } from '../terminal/style.js';
import type { Cell } from '../terminal/table.js';
import { findSchedule } from './lookup.js';

const SCHEDULE = { placeholder: 'NAME', about: 'The name of the schedule, in any case.' } as const;

const SLOT_OPTIONS = {
  count: { kind: 'count', placeholder: 'N', about: 'How many times, at most 100; 10 when it is not given.' },
  from: { kind: 'text', placeholder: 'INSTANT', about: 'After this one, such as 2027-03-28T00:00:00Z.' },
} as const satisfies Options;

const COLUMNS: readonly Column[] = [
  { title: 'NAME', cell: ({ name }) => textOf(name) },
  { title: 'STATE', cell: (schedule) => stateCell(schedule) },
  { title: 'NEXT', cell: (schedule, style) => nextText(schedule, style) },
  { title: 'LAST RUN', cell: ({ lastStartedAt }, { now }) => instantText(lastStartedAt, now) },
  { title: 'CRON', cell: ({ cron }) => textOf(cron) },
  { title: 'ZONE', cell: ({ zone }) => textOf(zone) },
];

const RUN_COLUMNS: readonly Column[] = [
  { title: 'STARTED', cell: ({ startedAt }, { now }) => instantText(startedAt, now) },
  { title: 'OUTCOME', cell: ({ outcome }) => outcomeCell(outcome) },
  { title: 'TRIGGER', cell: ({ trigger }) => textOf(trigger) },
  { title: 'FOR', cell: ({ slot }, { now }) => instantText(slot, now) },
  { title: 'BY', cell: ({ actor }) => textOf(actor) },
  { title: 'NODE', cell: ({ node }) => textOf(node) },
  { title: 'WHAT CAME OF IT', cell: resultText },
];

const SLOT_COLUMNS: readonly Column[] = [
  {
    title: 'THERE',
    cell: ({ localTime, offset }) => `${textOf(localTime).replace('T', ' ')} ${textOf(offset)}`,
  },
  { title: 'UTC', cell: ({ slot }, { now }) => instantText(slot, now) },
];

const list = defineCommand({
  name: 'schedule list',
  about: 'List schedules: when each fires next and how it last went.',
  options: LIST_OPTIONS,
  run: async ({ api }, { limit = DEFAULT_LIMIT, after }) =>
    pageReport(await api.list(apiPath`schedules`, {}, limit, after), COLUMNS, 'There is no schedule.'),
});

const show = defineCommand({
  name: 'schedule show',
  about: 'Show a schedule, its next times and its last run.',
  arguments: { schedule: SCHEDULE },
  run: async ({ api }, { schedule }) => reportOn(await findSchedule(api, schedule)),
});

const next = defineCommand({
  name: 'schedule next',
  about: 'List the next times of a schedule, as the clocks of its zone show them.',
  arguments: { schedule: SCHEDULE },
  options: SLOT_OPTIONS,
  run: async ({ api }, { schedule, count, from }) =>
    slotsReport(await api.get(apiPath`schedules/${await nameOf(api, schedule)}/slots`, { count, from })),
});

const preview = defineCommand({
  name: 'schedule preview',
  about: 'List the times that a cron expression would name, before it is saved.',
  options: {
    cron: {
      kind: 'text',
      placeholder: 'CRON',
      isRequired: true,
      about: 'Six fields, seconds first: "0 30 2 * * 1-5".',
    },
    zone: {
      kind: 'text',
      placeholder: 'ZONE',
      isRequired: true,
      about: 'A time zone such as Europe/Prague, or UTC.',
    },
    ...SLOT_OPTIONS,
  },
  run: async ({ api }, asked) =>
    slotsReport(asObject(await api.send('POST', apiPath`schedules/preview`, asked), 'the times')),
});

const runs = defineCommand({
  name: 'schedule runs',
  about: 'List the runs of a schedule, newest first.',
  arguments: { schedule: SCHEDULE },
  options: LIST_OPTIONS,
  run: async ({ api }, { schedule, limit = DEFAULT_LIMIT, after }) => {
    const path = apiPath`schedules/${await nameOf(api, schedule)}/runs`;
    return pageReport(await api.list(path, {}, limit, after), RUN_COLUMNS, 'It has not run yet.');
  },
});

const run = defineCommand({
  name: 'schedule run',
  about: 'Run a schedule now, paused or not; exit code 1 when the run failed.',
  arguments: { schedule: SCHEDULE },
  run: async ({ api }, { schedule }) => {
    const name = await nameOf(api, schedule);
    const made = asObject(await api.send('POST', apiPath`schedules/${name}/runs`), 'the run');
    const outcome = made['outcome'];
    const end =
      outcome === null || outcome === undefined
        ? `goes on. See: provost schedule runs ${name}`
        : `${textOf(outcome)}: ${resultText(made)}`;
    return {
      ...sentenceReport(made, `${name} ${end}`),
      exitCode: outcome === 'failed' ? EXIT.refused : EXIT.done,
    };
  },
});

const pause = defineCommand({
  name: 'schedule pause',
  about: 'Let a schedule fire no more; times that pass meanwhile are not made up for.',
  arguments: { schedule: SCHEDULE },
  run: async ({ api }, { schedule }) => change(api, schedule, { isPaused: true }),
});

const resume = defineCommand({
  name: 'schedule resume',
  about: 'Let a paused schedule fire again, from its next time on.',
  arguments: { schedule: SCHEDULE },
  run: async ({ api }, { schedule }) => change(api, schedule, { isPaused: false }),
});

const set = defineCommand({
  name: 'schedule set',
  about: 'Change when a schedule fires and what becomes of times it missed.',
  arguments: { schedule: SCHEDULE },
  options: {
    cron: { kind: 'text', placeholder: 'CRON', about: 'Six fields, seconds first: "0 30 2 * * 1-5".' },
    zone: { kind: 'text', placeholder: 'ZONE', about: 'A time zone such as Europe/Prague, or UTC.' },
    catchUp: {
      kind: 'text',
      placeholder: 'POLICY',
      about: 'For missed times: no run, one for all, or one each.',
      choices: ['skip', 'once', 'all'],
    },
  },
  run: async ({ api }, { schedule, ...changes }) => {
    if (Object.values(changes).every((value) => value === undefined)) {
      throw usageError(
        'Name something to change, such as --cron "0 30 2 * * *". See: provost help schedule set',
      );
    }
    return change(api, schedule, changes);
  },
});

async function nameOf(api: Api, typed: string): Promise<string> {
  return requireText(await findSchedule(api, typed), 'name');
}

async function change(api: Api, typed: string, body: object): Promise<Report> {
  const path = apiPath`schedules/${await nameOf(api, typed)}`;
  return reportOn(asObject(await api.send('PATCH', path, body), 'the schedule'));
}

function reportOn(schedule: JsonObject): Report {
  return fieldsReport(schedule, (style) => [
    ['Name', { text: textOf(schedule['name']), tone: 'strong' }],
    ['What it does', textOf(schedule['about'])],
    ['State', stateCell(schedule)],
    ['Cron', textOf(schedule['cron'])],
    ['Zone', textOf(schedule['zone'])],
    ['Missed times', textOf(schedule['catchUp'])],
    ['Next', nextText(schedule, style)],
    ['Last time', instantText(schedule['lastSlot'], style.now)],
    ['Without a run', textOf(schedule['skippedSlots'])],
    ['Last started', instantText(schedule['lastStartedAt'], style.now)],
    ['Last ended', instantText(schedule['lastFinishedAt'], style.now)],
    ['Outcome', outcomeCell(schedule['lastOutcome'])],
    ['What came of it', textOf(schedule['lastError'] ?? countsText(schedule['lastCounts']))],
  ]);
}

function slotsReport(answer: JsonObject): Report {
  const items = requireList(answer, 'slots');
  return { ...pageReport({ items, next: null }, SLOT_COLUMNS, 'It names no time.'), document: answer };
}

function stateCell(schedule: JsonObject): Cell {
  if (schedule['isPaused'] === true) return { text: 'paused', tone: 'warning' };
  if (schedule['currentRunId'] !== null) return { text: 'running', tone: 'good' };
  return schedule['lastOutcome'] === 'failed' ? { text: 'failed', tone: 'bad' } : 'waiting';
}

function nextText(schedule: JsonObject, { now }: Style): string {
  const slots = schedule['nextSlots'];
  return instantText(Array.isArray(slots) ? slots[0] : undefined, now);
}

function outcomeCell(outcome: unknown): Cell {
  if (outcome === 'failed') return { text: 'failed', tone: 'bad' };
  return textOf(outcome);
}

function resultText({ error, counts }: JsonObject): string {
  return textOf(error ?? countsText(counts));
}

/** “admitted 12, opened 3”. */
function countsText(counts: unknown): string {
  if (typeof counts !== 'object' || counts === null) return '';
  return Object.entries(counts)
    .map(([what, count]) => `${what} ${textOf(count)}`)
    .join(', ');
}

export const scheduleCommands = [list, show, next, preview, runs, run, pause, resume, set];
