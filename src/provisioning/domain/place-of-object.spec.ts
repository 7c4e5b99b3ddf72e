import { describe, expect, it } from '@jest/globals';
import { judgePlace } from './place-of-object.js';

describe('an object that stands where an account belongs', () => {
  it('is adopted when its correlation attributes say so', () => {
    expect(judgePlace({ isHeldByOther: false, correlates: true })).toBe('adopt');
  });

  it.each([null, false])('is foreign without a proof (correlation %s), and never written', (correlates) => {
    expect(judgePlace({ isHeldByOther: false, correlates })).toBe('foreign');
  });

  it('is left to the account that holds it', () => {
    expect(judgePlace({ isHeldByOther: true, correlates: true })).toBe('held-by-other');
  });
});
