import { describe, expect, it } from '@jest/globals';
import { grantsOf } from './roles.js';

describe('grantsOf', () => {
  it('gives an administrator everything', () => {
    expect(grantsOf(['administrator'])).toEqual(['*']);
  });

  it('lets an auditor only read', () => {
    expect(grantsOf(['auditor'])).toEqual(['*.read']);
  });

  it('unites the grants of several roles, each once', () => {
    expect(grantsOf(['task-runner', 'connector-administrator', 'task-runner'])).toEqual([
      'systems.*',
      'mappings.*',
      'accounts.*',
      'queue.*',
      'doctor.read',
      'schedules.read',
      'schedules.operate',
      'queue.read',
      'tasks.*',
    ]);
  });

  it('lets an approver do nothing in general', () => {
    expect(grantsOf(['approver'])).toEqual([]);
  });

  it.each(['', 'root', 'Administrator', 'constructor', '__proto__'])(
    'gives nothing for the role %j',
    (role) => {
      expect(grantsOf([role])).toEqual([]);
    },
  );
});
