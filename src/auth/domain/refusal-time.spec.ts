import { describe, expect, it } from '@jest/globals';
import { restOfQuantum } from './refusal-time.js';

describe('a refusal', () => {
  it.each([
    [0, 250],
    [1, 249],
    [249.5, 0.5],
    [250, 0],
    [251, 249],
    [760, 240],
  ])('that took %d ms waits %d ms more', (elapsed, rest) => {
    expect(restOfQuantum(elapsed, 250)).toBe(rest);
  });
});
