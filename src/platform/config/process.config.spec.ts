import { describe, expect, it } from '@jest/globals';
import { loadSettings } from './load-settings.js';
import { processSettings, type ProcessSettings } from './process.config.js';

const isProduction = (env: Record<string, string>): boolean | undefined => {
  const values = loadSettings([processSettings], env).values.get(processSettings.token) as ProcessSettings;
  return values.isProduction;
};

describe('NODE_ENV', () => {
  it.each([
    [{ NODE_ENV: 'production' }, true],
    [{ NODE_ENV: 'development' }, undefined],
    [{ NODE_ENV: 'test' }, undefined],
    [{ NODE_ENV: '' }, undefined],
    [{}, undefined],
  ])('says whether this is production: %j', (env, expected) => {
    expect(isProduction(env)).toBe(expected);
  });

  it.each(['Production', 'PRODUCTION', 'prod', ' production', 'staging'])(
    'stops the start in another spelling, which would be no production: %j',
    (text) => {
      expect(() => isProduction({ NODE_ENV: text })).toThrow(
        'NODE_ENV: must be production, development or test',
      );
    },
  );
});
