import { describe, expect, it } from '@jest/globals';
import { isBackdated, isInserted, type PassEnd } from './late-record.js';

const HOUR = 3_600_000;
const last: PassEnd = { horizon: 90n, ceiling: 100n, lastId: 50, passedAtMs: 10 * HOUR, cluster: 'a' };
const present = { horizon: 200n, ceiling: 210n, passedAtMs: 11 * HOUR, cluster: 'a' };
const record = { id: 51, transactionId: 100n, recordedAtMs: 10 * HOUR };

describe('a record without a seal, after a pass of the sealer', () => {
  it('may come from a transaction that began later', () => {
    expect(isInserted(record, last, present)).toBe(false);
  });

  it('may come from a transaction that was under way, with an id and a time from before', () => {
    const late = { id: 3, transactionId: 90n, recordedAtMs: 0 };
    expect(isInserted(late, last, present)).toBe(false);
    expect(isInserted({ ...late, transactionId: 99n }, last, present)).toBe(false);
  });

  it.each([
    ['of a transaction that had ended', { ...record, transactionId: 89n }],
    ['of a later transaction with an id from before', { ...record, id: 50 }],
  ])('was put in when it claims to be %s', (_claim, claimed) => {
    expect(isInserted(claimed, last, present)).toBe(true);
  });

  it.each([9 * HOUR, -Infinity])(
    'may have any time, and is told of when it is from before: %d',
    (recordedAtMs) => {
      const early = { ...record, recordedAtMs };
      expect(isInserted(early, last, present)).toBe(false);
      expect(isBackdated(early, last, present)).toBe(true);
    },
  );

  it.each([
    ['it has the time of the pass', record, present],
    ['its transaction was under way', { ...record, transactionId: 99n, recordedAtMs: 0 }, present],
    ['the database was restored', { ...record, recordedAtMs: 0 }, { ...present, cluster: 'b' }],
  ])('is not told of when %s', (_why, told, now) => {
    expect(isBackdated(told, last, now)).toBe(false);
  });

  it.each([
    ['in another cluster', { ...present, cluster: 'b' }],
    ['with transactions counted from a lower number', { ...present, ceiling: 99n }],
  ])('is judged by its id when the database was restored %s', (_where, restored) => {
    expect(isInserted({ ...record, transactionId: 5n }, last, restored)).toBe(false);
    expect(isInserted({ ...record, transactionId: 5n, id: 50 }, last, restored)).toBe(true);
    expect(isInserted({ ...record, transactionId: 95n, id: 50 }, last, restored)).toBe(false);
  });
});
