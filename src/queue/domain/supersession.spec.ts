import { describe, expect, it } from '@jest/globals';
import type { QueuedState } from './operation-state.js';
import { type OlderOperation, supersededBy } from './supersession.js';

/** A lane from its head on: `state` and `end` supersede, `plain` does neither. */
function lane(
  ...operations: readonly (readonly ['state' | 'end' | 'plain', QueuedState, 'handed-out'?])[]
): OlderOperation[] {
  return operations.map(([supersession, state, handedOut], index) => ({
    seq: index + 1,
    state,
    supersession: supersession === 'plain' ? null : supersession,
    isHandedOut: handedOut !== undefined,
  }));
}

describe('a newer state', () => {
  it.each(['CREATED', 'NOT_EXECUTED', 'BLOCKED'] as const)('replaces older ones that are %s', (state) => {
    expect(supersededBy('state', lane(['state', state], ['state', state]))).toEqual([1, 2]);
  });

  it.each(['RUNNING', 'UNKNOWN', 'FAILED'] as const)('leaves one that is %s', (state) => {
    expect(supersededBy('state', lane(['state', state], ['state', 'CREATED']))).toEqual([2]);
  });

  it('leaves what a worker has, or may be about to begin', () => {
    const older = lane(
      ['state', 'CREATED', 'handed-out'],
      ['state', 'CREATED', 'handed-out'],
      ['state', 'CREATED'],
    );
    expect(supersededBy('state', older)).toEqual([3]);
  });

  it.each(['end', 'plain'] as const)('replaces nothing beyond one of another sort (%s)', (barrier) => {
    const older = lane(['state', 'CREATED'], [barrier, 'CREATED'], ['state', 'CREATED']);
    expect(supersededBy('state', older)).toEqual([3]);
  });
});

describe('a newer end', () => {
  it.each(['CREATED', 'NOT_EXECUTED', 'BLOCKED', 'FAILED'] as const)(
    'replaces every state before it that is %s, beyond others too',
    (state) => {
      const older = lane(['state', state], ['plain', 'CREATED'], ['end', 'CREATED'], ['state', state]);
      expect(supersededBy('end', older)).toEqual([1, 4]);
    },
  );

  it.each(['RUNNING', 'UNKNOWN'] as const)('leaves one that is %s: its effect may be there', (state) => {
    expect(supersededBy('end', lane(['state', state]))).toEqual([]);
  });

  it('leaves what a worker has, or may be about to begin', () => {
    expect(supersededBy('end', lane(['state', 'FAILED', 'handed-out'], ['state', 'CREATED']))).toEqual([2]);
  });

  it('leaves an earlier end and what supersedes nothing', () => {
    expect(supersededBy('end', lane(['end', 'FAILED'], ['plain', 'FAILED'], ['end', 'CREATED']))).toEqual([]);
  });
});
