import { describe, expect, it } from '@jest/globals';
import { sqlConfig } from './sql.config.js';

const valid = {
  host: 'db.example.org',
  database: 'hr',
  user: 'provost',
  table: 'people',
  keyColumn: 'login',
};

describe('the settings of a table', () => {
  it('have defaults', () => {
    expect(sqlConfig.parse(valid)).toEqual({
      ...valid,
      port: 5432,
      schema: 'public',
      tls: false,
      poolSize: 3,
    });
  });

  it.each([
    ['a name that PostgreSQL would cut off', { table: 'ü'.repeat(32) }, 'table'],
    ['an empty name', { keyColumn: '' }, 'keyColumn'],
    ['a socket folder instead of a host', { host: '/var/run/postgresql' }, 'host'],
    ['a port that is none', { port: 0 }, 'port'],
    ['a name that shall be the unchanging id as well', { idColumn: 'login' }, 'idColumn'],
    ['a certificate for clear text', { caCertificate: 'x' }, 'caCertificate'],
    ['the password', { password: 'x' }, undefined],
  ])('refuse %s', (_what, change, path) => {
    const { error } = sqlConfig.safeParse({ ...valid, ...change });

    expect(error).toBeDefined();
    expect(error?.issues[0]?.path[0]).toBe(path);
  });
});
