import { describe, expect, it } from '@jest/globals';
import { queueTimes } from './queue.config.js';

describe('the durations of the queue', () => {
  it.each([0.01, 0.1, 1, 10])('fit each other at factor %d: an attempt ends before its lease', (factor) => {
    const { beat, beatFresh, attemptDeadline, lease } = queueTimes(factor);
    expect(beat).toBeLessThan(beatFresh);
    expect(beatFresh + attemptDeadline).toBeLessThan(lease);
  });
});
