import { describe, expect, it } from '@jest/globals';
import { assert, integer, property } from 'fast-check';
import { fromOperationId, toOperationId } from './operation-id.js';

describe('an operation id', () => {
  it('goes there and back', () => {
    assert(
      property(integer({ min: 1, max: 1e12 }), integer({ min: 1, max: 1e12 }), (laneId, seq) => {
        expect(fromOperationId(toOperationId({ laneId, seq }))).toEqual({ laneId, seq });
      }),
    );
  });

  it.each(['', 'o1', 'o0-1', 'o1-0', 'o1-1 ', 'o1-1;drop', 'O1-1', 'o01-1', `o${'9'.repeat(30)}-1`])(
    'is not %j',
    (id) => {
      expect(fromOperationId(id)).toBeNull();
    },
  );
});
