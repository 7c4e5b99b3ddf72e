// What was done, by whom, and whether that record is as it was written.
import { readFile } from 'node:fs/promises';
import { apiPath } from '../api/api.js';
import { asObject, isObject, type JsonObject, objectsOf, textOf } from '../api/json.js';
import { usageError } from '../cli-error.js';
import { DEFAULT_LIMIT, defineCommand, LIST_OPTIONS, type Options } from '../command.js';
import { EXIT } from '../exit-code.js';
import { type Column, fieldsReport, pageReport, sentenceReport } from '../report.js';
import { instantText } from '../terminal/relative-time.js';
import { safeJsonText } from '../terminal/safe-text.js';
import type { Style } from '../terminal/style.js';
import { type Cell, layOutFields, layOutTable } from '../terminal/table.js';
import { exportTo } from './audit-export.js';

/** Millions of records are read. */
const VERIFICATION_MS = 600_000;

const SPAN = {
  from: { kind: 'text', placeholder: 'INSTANT', about: 'Not before this one, such as 2027-01-05T00:00:00Z.' },
  to: { kind: 'text', placeholder: 'INSTANT', about: 'Before this one.' },
} as const satisfies Options;

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/;

const COLUMNS: readonly Column[] = [
  { title: 'ID', cell: ({ id }) => textOf(id) },
  { title: 'WHEN', cell: ({ recordedAt }, { now }) => instantText(recordedAt, now) },
  { title: 'WHO', cell: ({ actor }) => textOf(actor) },
  { title: 'WHAT', cell: ({ action }) => textOf(action) },
  {
    title: 'OBJECT',
    cell: ({ objectType, objectId }) => `${textOf(objectType)} ${textOf(objectId)}`,
  },
  { title: 'OPERATION', cell: ({ operation }) => textOf(operation) },
];

const FAULT_COLUMNS: readonly Column[] = [
  { title: 'PLACE', cell: ({ position }) => textOf(position) },
  { title: 'RECORD', cell: ({ recordId }) => textOf(recordId) },
  { title: 'KIND', cell: ({ kind }) => ({ text: textOf(kind), tone: 'bad' }) },
  { title: 'WHAT IS WRONG', cell: ({ detail }) => textOf(detail) },
];

const search = defineCommand({
  name: 'audit search',
  about: 'List what was done, newest first.',
  options: {
    actor: { kind: 'text', placeholder: 'REALM:LOGIN', about: 'By whom, such as local:admin.' },
    action: { kind: 'text', placeholder: 'ACTION', about: 'What was done, such as identity.updated.' },
    objectType: { kind: 'text', placeholder: 'TYPE', about: 'To what kind of object, such as identity.' },
    objectId: { kind: 'text', placeholder: 'ID', about: 'To which object.' },
    requestId: { kind: 'text', placeholder: 'ID', about: 'In which request.' },
    operation: { kind: 'text', placeholder: 'ID', about: 'By which operation, such as o41-7.' },
    ...SPAN,
    ...LIST_OPTIONS,
  },
  run: async ({ api }, { limit = DEFAULT_LIMIT, after, ...filter }) => {
    checkSpan(filter);
    const page = await api.list(apiPath`audit`, filter, limit, after);
    return pageReport(page, COLUMNS, 'Nothing like that was done.');
  },
});

const show = defineCommand({
  name: 'audit show',
  about: 'Show one record with what was before and after.',
  arguments: { record: { placeholder: 'ID', about: 'The record, by the id that the search shows.' } },
  run: async ({ api }, { record }) => {
    const found = await api.get(apiPath`audit/${record}`);
    return fieldsReport(found, ({ now }) => [
      ['Record', { text: textOf(found['id']), tone: 'strong' }],
      ['When', instantText(found['recordedAt'], now)],
      ['Who', textOf(found['actor'])],
      ['What', textOf(found['action'])],
      ['Object', `${textOf(found['objectType'])} ${textOf(found['objectId'])}`],
      ['Request', textOf(found['requestId'])],
      ['Operation', textOf(found['operation'])],
      ['Sealed at', found['position'] === null ? 'not yet' : `position ${textOf(found['position'])}`],
      ...valuesOf('Before', found['before']),
      ...valuesOf('After', found['after']),
    ]);
  },
});

const verify = defineCommand({
  name: 'audit verify',
  about: 'Check that the record is as it was written; exit code 1 when it is not.',
  options: {
    checkpoint: {
      kind: 'text',
      placeholder: 'FILE',
      about:
        'Hold it against the last line of a file of signed checkpoints, kept where nobody could change it.',
    },
  },
  run: async ({ api }, { checkpoint }) => {
    const body = checkpoint === undefined ? {} : { checkpoint: await lastLine(checkpoint) };
    const path = apiPath`audit/verifications`;
    const answer = asObject(
      await api.send('POST', path, body, { patienceMs: VERIFICATION_MS }),
      'the verification',
    );
    const isIntact = answer['isIntact'] === true;
    return {
      document: answer,
      exitCode: isIntact ? EXIT.done : EXIT.refused,
      text: (style) => verificationText(answer, isIntact, style),
    };
  },
});

const exporting = defineCommand({
  name: 'audit export',
  about: 'Write the records out, oldest first, one JSON object a line.',
  options: {
    ...SPAN,
    output: {
      kind: 'text',
      placeholder: 'FILE',
      about: 'Into a new file that only you can read, instead of standard output.',
    },
  },
  run: async ({ api, environment }, { output, ...span }) => {
    checkSpan(span);
    const records = await exportTo(await api.stream(apiPath`audit/export`, span), output, environment);
    if (output === undefined) return { document: undefined, text: () => '' };
    return sentenceReport({ file: output, records }, `${records} records are in ${output}.`);
  },
});

const checkpoint = defineCommand({
  name: 'audit checkpoint',
  about: 'Print the newest signed checkpoint as one line, to be kept elsewhere.',
  run: async ({ api }) => {
    const answer = await api.get(apiPath`audit/checkpoint`);
    const signed = isObject(answer['checkpoint']) ? answer['checkpoint'] : answer;
    return { document: answer, text: () => safeJsonText(JSON.stringify(signed)) };
  },
});

/** @throws CliError 2 */
function checkSpan({
  from,
  to,
}: {
  readonly from: string | undefined;
  readonly to: string | undefined;
}): void {
  for (const [option, instant] of Object.entries({ '--from': from, '--to': to })) {
    if (instant === undefined || (INSTANT.test(instant) && !Number.isNaN(Date.parse(instant)))) continue;
    throw usageError(`${option} must be a timestamp such as 2027-01-05T00:00:00Z; it is “${instant}”.`);
  }
}

function verificationText(answer: JsonObject, isIntact: boolean, style: Style): string {
  const verified = textOf(answer['verifiedCount']);
  const fields = layOutFields(
    [
      ['Result', isIntact ? { text: 'intact', tone: 'good' } : { text: 'NOT INTACT', tone: 'bad' }],
      [
        'Verified',
        `${verified}, positions ${textOf(answer['firstPosition'])} to ${textOf(answer['lastPosition'])}`,
      ],
      ['Not sealed yet', textOf(answer['unsealedCount'])],
      ['Checkpoint', textOf(answer['checkpoint'])],
    ],
    style,
  );
  const faults = objectsOf(answer['faults']);
  if (faults.length === 0) return fields;
  const rows = faults.map((fault) => FAULT_COLUMNS.map(({ cell }) => cell(fault, style)));
  const titles = FAULT_COLUMNS.map(({ title }) => title);
  // Faults are read to the end.
  return `${fields}\n\n${layOutTable(titles, rows, { ...style, width: undefined })}`;
}

/** A field for each value that was recorded. */
function valuesOf(title: string, recorded: unknown): [string, Cell][] {
  if (!isObject(recorded)) return [[title, textOf(recorded)]];
  return [
    [title, ''],
    ...Object.entries(recorded).map(([key, value]): [string, Cell] => [`  ${key}`, textOf(value)]),
  ];
}

/** @throws CliError 2 */
async function lastLine(file: string): Promise<string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw usageError(
      `The file ${JSON.stringify(file)} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'}).`,
    );
  }
  const line = text.trimEnd().split('\n').at(-1)?.trim() ?? '';
  if (line === '') throw usageError(`The file ${JSON.stringify(file)} has no checkpoint in it.`);
  return line;
}

export const auditCommands = [search, show, verify, exporting, checkpoint];
