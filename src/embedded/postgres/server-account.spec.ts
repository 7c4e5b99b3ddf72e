import { describe, expect, it } from '@jest/globals';
import { findAccount } from './server-account.js';

describe('findAccount', () => {
  const passwd = [
    'root:x:0:0:root:/root:/bin/bash',
    'postgres-backup:x:7:7::/:/bin/sh',
    'postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash',
    'nobody:*:-2:-2:Unprivileged User:/var/empty:/usr/bin/false',
    'toor:x:0:0::/root:/bin/sh',
    'broken:x:abc:1::/:/bin/sh',
    'short',
    '',
  ].join('\n');

  it.each([
    ['a whole name, not its beginning', 'postgres', { uid: 101, gid: 104 }],
    ['negative numbers', 'nobody', { uid: -2, gid: -2 }],
    ['no account under a name that is absent', 'alice', undefined],
    ['no account that is root by another name', 'toor', undefined],
    ['no account without a number', 'broken', undefined],
    ['no account on a line that is cut off', 'short', undefined],
    ['no account for an empty name', '', undefined],
  ])('finds %s', (_what, name, account) => {
    expect(findAccount(passwd, name)).toEqual(account);
  });
});
