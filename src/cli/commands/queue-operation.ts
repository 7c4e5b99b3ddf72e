// One operation as the commands of the queue name and show it.
import { isObject, type JsonObject, textOf } from '../api/json.js';
import { usageError } from '../cli-error.js';
import { type Report, sentenceReport } from '../report.js';
import type { Tone } from '../terminal/style.js';
import type { Cell } from '../terminal/table.js';

export const QUEUED_STATES = ['CREATED', 'RUNNING', 'UNKNOWN', 'FAILED', 'NOT_EXECUTED', 'BLOCKED'] as const;

const TONES: ReadonlyMap<string, Tone> = new Map([
  ['FAILED', 'bad'],
  ['UNKNOWN', 'warning'],
  ['NOT_EXECUTED', 'warning'],
  ['BLOCKED', 'warning'],
  ['EXECUTED', 'good'],
  ['CANCELED', 'faint'],
  ['SUPERSEDED', 'faint'],
]);

export function operationId(typed: string): string {
  if (/^o\d+-\d+$/.test(typed)) return typed;
  throw usageError(`“${typed}” is no operation; they look like o41-7. See: provost queue list`);
}

export function stateCell(state: unknown): Cell {
  const text = textOf(state);
  return { text, tone: TONES.get(text) };
}

export function waitOf({ waiting }: JsonObject): JsonObject {
  return isObject(waiting) ? waiting : {};
}

/** What became of it, in a sentence. */
export function outcomeOf(operation: JsonObject): Report {
  const words = waitOf(operation)['text'] ?? operation['result'];
  return sentenceReport(
    operation,
    `${textOf(operation['id'])} is ${textOf(operation['state'])}. ${textOf(words)}`,
  );
}
