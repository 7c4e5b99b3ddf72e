import { describe, expect, it } from '@jest/globals';
import { changedFields, valuesBefore } from './changed-fields.js';

interface Person {
  surname: string;
  title: string | null;
}

const current: Person = { surname: 'Nová', title: 'Dr.' };

describe('changedFields', () => {
  it('leaves out what is equal, absent or undefined', () => {
    expect(changedFields(current, { surname: 'Nová', title: undefined })).toEqual({});
    expect(changedFields(current, {})).toEqual({});
  });

  it('tells a cleared field from an untouched one', () => {
    expect(changedFields(current, { title: null })).toEqual({ title: null });
  });

  it('sees a difference in case and in composition', () => {
    expect(changedFields(current, { surname: 'Nova\u0301' })).toEqual({ surname: 'Nova\u0301' });
  });
});

describe('valuesBefore', () => {
  it('names the same fields with their current values', () => {
    expect(valuesBefore(current, { title: null })).toEqual({ title: 'Dr.' });
  });
});
