import { writeFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigurationError, loadSettings } from './load-settings.js';
import { defineSettings, setting } from './settings.js';

const group = defineSettings('probe', {
  port: setting('PORT', z.coerce.number().int().min(0).max(65_535).default(3000), 'The port.'),
  seconds: setting('PROVOST_PROBE_WAIT_SECONDS', z.coerce.number().min(1).default(5), 'Seconds to wait.'),
  key: setting('PROVOST_PROBE_KEY', z.string().min(4, 'must have 4 characters').optional(), 'A key.', {
    isSecret: true,
  }),
});
const folder = mkdtempSync(join(tmpdir(), 'provost-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function faultsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    loadSettings([group], env);
    return [];
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults;
    throw error;
  }
}

describe('the configuration', () => {
  it('has defaults, and takes the environment before them', () => {
    const { values } = loadSettings([group], { PORT: '8080' });
    expect(values.get(group.token)).toEqual({ port: 8080, seconds: 5, key: undefined });
  });

  it('reports every fault at once', () => {
    const faults = faultsOf({ PORT: 'http', PROVOST_PROBE_WAIT_SECONDS: '0', PROVOST_PROBE_KEY: 'abc' });
    expect(faults.map((fault) => fault.split(':')[0])).toEqual([
      'PORT',
      'PROVOST_PROBE_WAIT_SECONDS',
      'PROVOST_PROBE_KEY',
    ]);
  });

  it('says what a value must be', () => {
    expect(faultsOf({ PORT: 'http', PROVOST_PROBE_WAIT_SECONDS: '0' })).toEqual([
      'PORT: must be a number (it is "http"). The port.',
      'PROVOST_PROBE_WAIT_SECONDS: must be at least 1 (it is "0"). Seconds to wait.',
    ]);
  });

  it('suggests the nearest name for an unknown one with its prefix, and leaves others alone', () => {
    const [fault, ...more] = faultsOf({ PROVOST_PROBE_WAIT_SECOND: '9', SOMETHING_ELSE: 'x' });
    expect(fault).toContain('Did you mean PROVOST_PROBE_WAIT_SECONDS?');
    expect(more).toEqual([]);
  });

  it('never shows a secret', () => {
    const canary = 'c4n';
    expect(faultsOf({ PROVOST_PROBE_KEY: canary }).join()).not.toContain(canary);
    const { sources } = loadSettings([group], { PROVOST_PROBE_KEY: 'canary' });
    expect(sources.join()).not.toContain('canary');
  });

  it('reads a secret from a file, and says when the file is not there or both are set', () => {
    const file = join(folder, 'key');
    writeFileSync(file, 'from a file\n');
    expect(loadSettings([group], { PROVOST_PROBE_KEY_FILE: file }).values.get(group.token)).toMatchObject({
      key: 'from a file',
    });
    expect(faultsOf({ PROVOST_PROBE_KEY_FILE: `${file}.absent` })[0]).toContain('ENOENT');
    expect(faultsOf({ PROVOST_PROBE_KEY_FILE: file, PROVOST_PROBE_KEY: 'also' })[0]).toContain('both set');
  });

  it('takes an empty variable as not set', () => {
    expect(loadSettings([group], { PORT: '' }).values.get(group.token)).toMatchObject({ port: 3000 });
  });
});
