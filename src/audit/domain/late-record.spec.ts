import { describe, expect, it } from '@jest/globals';
import { isInserted, type PassEnd } from './late-record.js';

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
    ['of a later transaction with a time from before', { ...record, recordedAtMs: 9 * HOUR }],
    ['of a later transaction with no time at all', { ...record, recordedAtMs: -Infinity }],
  ])('was put in when it claims to be %s', (_claim, claimed) => {
    expect(isInserted(claimed, last, present)).toBe(true);
  });

  it('may have a time from before when the clock was set back since', () => {
    const early = { ...record, recordedAtMs: 9 * HOUR };
    expect(isInserted(early, last, { ...present, passedAtMs: 9 * HOUR })).toBe(false);
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
