import { describe, expect, it } from '@jest/globals';
import { signOfRestoration } from './sign-of-restoration.js';

const EARLIER = new Date('2027-01-05T09:00:00Z');
const LATER = new Date('2027-01-05T10:00:00Z');

describe('signOfRestoration', () => {
  it.each([
    ['the database is itself and nothing contradicts it', true, null, null, null],
    ['it is another database', false, null, null, 'moved'],
    ['it is another database, whatever was released before', false, EARLIER, LATER, 'moved'],
    ['a checkpoint was signed for more than it holds', true, LATER, null, 'older'],
    ['that checkpoint is younger than the last release', true, LATER, EARLIER, 'older'],
    ['that checkpoint was there when a person released it', true, EARLIER, LATER, null],
  ] as const)('when %s', (_case, isSameDatabase, contradictedAt, releasedAt, sign) => {
    expect(signOfRestoration({ isSameDatabase, contradictedAt, releasedAt })).toBe(sign);
  });
});
