import { describe, expect, it } from '@jest/globals';
import { covers } from './authority.js';

describe('who has', () => {
  it.each([
    [['*'], ['*']],
    [['*'], ['*.read', 'systems.*', 'queue.operate']],
    [['*.read'], ['*.read', 'audit.read']],
    [['systems.*'], ['systems.write', 'systems.*']],
    [['a.read', 'b.write'], ['b.write']],
    [[], []],
    [['queue.read'], []],
  ])('%j can give %j', (own, wanted) => {
    expect(covers(own, wanted)).toBe(true);
  });

  it.each([
    [[], ['queue.read']],
    [['*.read'], ['*']],
    [['*.read'], ['systems.*']],
    [['*.read'], ['systems.write']],
    [['systems.*'], ['*.read']],
    [['systems.*'], ['*']],
    [['systems.read', 'systems.write', 'systems.operate'], ['systems.*']],
    [['a.read'], ['a.read', 'b.read']],
  ])('%j cannot give %j', (own, wanted) => {
    expect(covers(own, wanted)).toBe(false);
  });
});
