import { describe, expect, it } from '@jest/globals';
import { ChangeStamps } from './change-stamp.js';

describe('ChangeStamps', () => {
  it('grow within one millisecond, when the clock is set back, and over a restart', () => {
    const times = [
      '2026-01-01T00:00:00.005Z',
      '2026-01-01T00:00:00.005Z',
      '2025-01-01T00:00:00Z',
      '2026-01-01T00:00:00.006Z',
    ];
    const stamps = new ChangeStamps(() => new Date(times.shift() ?? '2024-01-01T00:00:00Z'));
    const given = [stamps.next(), stamps.next(), stamps.next(), stamps.next()].map(({ csn }) => csn);
    expect(given).toEqual([
      '20260101000000.005000Z#000000#000#000000',
      '20260101000000.005000Z#000001#000#000000',
      '20260101000000.005000Z#000002#000#000000',
      '20260101000000.006000Z#000000#000#000000',
    ]);
    const later = new ChangeStamps(() => new Date('2020-01-01T00:00:00Z'));
    for (const csn of given) later.continueAfter(csn);
    expect(later.next()).toEqual({
      csn: '20260101000000.006000Z#000001#000#000000',
      time: '20260101000000Z',
    });
  });
});
