import { describe, expect, it } from '@jest/globals';
import { decideAccounts } from './decide-accounts.js';

describe('the accounts of an identity', () => {
  it('are granted once, however many roles give them', () => {
    expect(decideAccounts(['directory', 'directory', 'database'], [])).toEqual([
      { kind: 'grant', mappingId: 'directory' },
      { kind: 'grant', mappingId: 'database' },
    ]);
  });

  it('are matched while something entitles to them', () => {
    expect(decideAccounts(['directory'], [{ id: 7, mappingId: 'directory', state: 'wanted' }])).toEqual([
      { kind: 'match', accountId: 7, mappingId: 'directory' },
    ]);
  });

  it('are released when the last role or the identity goes', () => {
    expect(decideAccounts([], [{ id: 7, mappingId: 'directory', state: 'wanted' }])).toEqual([
      { kind: 'release', accountId: 7, mappingId: 'directory' },
    ]);
  });

  it('are released again while they are not gone: a person may have canceled the deletion', () => {
    expect(decideAccounts([], [{ id: 7, mappingId: 'directory', state: 'released' }])).toEqual([
      { kind: 'release', accountId: 7, mappingId: 'directory' },
    ]);
    expect(decideAccounts([], [{ id: 7, mappingId: 'directory', state: 'gone' }])).toEqual([]);
  });

  it.each(['released', 'gone'] as const)('take up the same row again after they were %s', (state) => {
    expect(decideAccounts(['directory'], [{ id: 7, mappingId: 'directory', state }])).toEqual([
      { kind: 'match', accountId: 7, mappingId: 'directory' },
    ]);
  });
});
