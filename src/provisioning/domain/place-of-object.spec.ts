import { describe, expect, it } from '@jest/globals';
import { judgePlace } from './place-of-object.js';

const found = { isConfirmed: false, isHeldByOther: false, equalsIntent: null, correlates: null } as const;

describe('an object found where an account belongs', () => {
  it('is ours when it was confirmed before', () => {
    expect(judgePlace({ ...found, isConfirmed: true })).toBe('ours');
  });

  it('is ours when an attempt with an unknown end was about to create exactly it', () => {
    expect(judgePlace({ ...found, equalsIntent: true })).toBe('ours');
  });

  it('is adopted when its correlation attributes say so', () => {
    expect(judgePlace({ ...found, correlates: true })).toBe('adopt');
  });

  it.each([null, false])('is foreign without a proof (correlation %s), and never written', (correlates) => {
    expect(judgePlace({ ...found, correlates })).toBe('foreign');
    expect(judgePlace({ ...found, equalsIntent: false, correlates })).toBe('foreign');
  });

  it('is left to the account that holds it', () => {
    expect(judgePlace({ ...found, isHeldByOther: true, correlates: true, equalsIntent: true })).toBe(
      'held-by-other',
    );
  });
});
