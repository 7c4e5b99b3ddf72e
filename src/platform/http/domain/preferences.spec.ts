import { describe, expect, it } from '@jest/globals';
import { readPreferences } from './preferences.js';

describe('the header Prefer', () => {
  it.each<[string, number | undefined, boolean]>([
    ['', undefined, false],
    ['wait=10', 10, false],
    ['respond-async', undefined, true],
    ['respond-async, wait=10', 10, true],
    ['Wait = "10" , RESPOND-ASYNC', 10, true],
    ['wait=0', 0, false],
    ['wait=1, wait=2', 1, false],
    ['wait=10; foo="a, respond-async"', 10, false],
    ['foo="wait=3, respond-async", wait=4', 4, false],
    [String.raw`foo="a\", respond-async, wait=3"`, undefined, false],
    ['return=minimal, handling=lenient, wait=5', 5, false],
    ['respond-async=""', undefined, true],
    ['respond-async=no', undefined, false],
    ['wait', undefined, false],
    ['wait=', undefined, false],
    ['wait=-1', undefined, false],
    ['wait=1.5', undefined, false],
    ['wait=1e9', undefined, false],
    ['wait=99999999999999999999', undefined, false],
    ['wait=soon, respond-async', undefined, true],
    [',,;;=, wait=7,', 7, false],
    ['"', undefined, false],
    ['waiting=3', undefined, false],
    [`${'x'.repeat(1_024)}, respond-async`, undefined, false],
  ])('is read, and never refused: %j', (header, waitSeconds, respondAsync) => {
    expect(readPreferences(header)).toEqual({ waitSeconds, respondAsync });
  });
});
