import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../config/index.js';
import { dialerSettings, type DialerSettings } from './dialer.config.js';

const load = (env: Record<string, string>): DialerSettings =>
  loadSettings([dialerSettings], env).values.get(dialerSettings.token) as DialerSettings;

describe('the settings of the dialer', () => {
  it('are lists with commas between', () => {
    expect(load({ PROVOST_DIALER_DENY: ' 10.0.0.0/8, db.example.org ,,::1' })).toEqual({
      allow: [],
      deny: ['10.0.0.0/8', 'db.example.org', '::1'],
      ports: ['389', '636', '1024-65535'],
    });
  });

  it.each([
    ['PROVOST_DIALER_ALLOW', '10.0.0.0/64', 'networks such as'],
    ['PROVOST_DIALER_DENY', 'http://db.example.org', 'networks such as'],
    ['PROVOST_DIALER_PORTS', '389,70000', 'ports and ranges'],
  ])('stop the start when %s is %s', (name, value, words) => {
    expect(() => load({ [name]: value })).toThrow(words);
  });
});
