import { describe, expect, it } from '@jest/globals';
import { clientName } from './client-name.js';

describe('the name of a client', () => {
  it.each([
    [undefined, null],
    ['', null],
    [' \t\u0000\u001b ', null],
    ['provost/1.0', 'provost/1.0'],
    ['one\r\ntwo\u001b[31m', 'one two [31m'],
    ['right\u202eto left', 'right to left'],
    ['half \ud83d pair', 'half pair'],
  ])('%j is shown as %j', (userAgent, shown) => {
    expect(clientName(userAgent)).toBe(shown);
  });

  it('has at most 200 characters, none cut in half', () => {
    expect(clientName('😀'.repeat(300))).toBe('😀'.repeat(200));
  });
});
