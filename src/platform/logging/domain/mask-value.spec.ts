import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { QueryFailedError } from 'typeorm';
import { isSecretName, maskValue } from './mask-value.js';

const CANARY = 'hunter2';

function shown(value: unknown): string {
  return JSON.stringify(maskValue(value)) ?? '';
}

/** As the driver makes it of a server's answer. */
function databaseError(message: string, fields: Partial<DatabaseError>): DatabaseError {
  return Object.assign(new DatabaseError(message, message.length, 'error'), { severity: 'ERROR', ...fields });
}

describe('a name', () => {
  it.each([
    'password',
    'newPassword',
    'PASSWORD',
    'pass_word',
    'client_secret',
    'secrets',
    'accessToken',
    'refresh-token',
    'authorization',
    'Authorization',
    'set-cookie',
    'key',
    'apiKey',
    'secrets_key',
    'privateKey',
    'password_hash',
    'userpassword',
    'bindpw',
  ])('means a secret: %s', (name) => {
    expect(isSecretName(name)).toBe(true);
  });

  it.each([
    'login',
    'passwordFile',
    'tokenCount',
    'key_id',
    'keyId',
    'kid',
    'publicKey',
    'primary_key',
    'lane_key',
    'hash',
    'secretary',
    'monkey',
    'keyboard',
    '',
  ])('means none: %s', (name) => {
    expect(isSecretName(name)).toBe(false);
  });
});

describe('a value for the log', () => {
  it.each<[string, unknown]>([
    ['deep in an object', { a: { b: { c: { d: { password: CANARY } } } } }],
    ['in a list', { items: [{ token: CANARY }, [{ secret: CANARY }]] }],
    ['that is an object itself', { authorization: { scheme: 'Bearer', value: CANARY } }],
    ['in a map', { headers: new Map([['authorization', CANARY]]) }],
    ['in a text by its shape', { url: `postgres://u:${CANARY}@db/x` }],
    ['as the name of a field', { [`password=${CANARY}`]: 1 }],
    ['in bytes', { body: Buffer.from(CANARY), view: new Uint8Array(Buffer.from(CANARY)) }],
    ['in the values of an attribute', { change: { attribute: 'userPassword', values: [CANARY] } }],
    ['in the values of a type', { type: 'unicodePwd;binary', value: CANARY, oldValue: CANARY }],
    ['in a header as a pair', { headers: [{ name: 'Set-Cookie', value: CANARY }] }],
    ['in what says itself', { it: { toJSON: () => ({ password: CANARY }) } }],
    ['in the message and stack of an error', { err: new Error(`connect postgres://u:${CANARY}@db failed`) }],
    ['in the cause of an error', { err: new Error('x', { cause: new Error(`password=${CANARY}`) }) }],
    ['in the cause of an error as an object', { err: new Error('x', { cause: { password: CANARY } }) }],
    ['in one error of many', { err: new AggregateError([new Error(`token: ${CANARY}`)], 'all failed') }],
    [
      'in a field of an error',
      { err: Object.assign(new Error('x'), { password: CANARY, config: { CANARY } }) },
    ],
  ])('hides a secret %s', (_where, value) => {
    expect(shown(value)).not.toContain(CANARY);
  });

  it('is told of an error of the database by what is harmless: no row, no statement, no parameter', () => {
    const error = databaseError('duplicate key value violates unique constraint "auth_operators_login_key"', {
      code: '23505',
      detail: `Key (login)=(${CANARY}) already exists.`,
      where: `PL/pgSQL function f(${CANARY})`,
      hint: CANARY,
      internalQuery: `select '${CANARY}'`,
      table: 'auth_operators',
      constraint: 'auth_operators_login_key',
    });
    const wrapped = new QueryFailedError(`insert into t values ('${CANARY}')`, [CANARY], error);
    for (const err of [error, wrapped, new Error('failed', { cause: wrapped })]) {
      expect(shown({ err })).not.toContain(CANARY);
      expect(shown({ err })).toContain('auth_operators_login_key');
    }
    expect(maskValue(wrapped)).toMatchObject({
      type: 'QueryFailedError',
      code: '23505',
      table: 'auth_operators',
    });
  });

  it('is told of a data exception without the value that PostgreSQL repeats', () => {
    const error = databaseError(`invalid input syntax for type uuid: "${CANARY} "quoted""`, {
      code: '22P02',
    });
    expect(shown({ err: error })).not.toContain(CANARY);
    expect(shown({ err: error })).toContain('invalid input syntax for type uuid');
    expect(shown({ err: new QueryFailedError('select $1', [CANARY], error) })).not.toContain(CANARY);
  });

  it('counts bytes that were made JSON before', () => {
    const body = JSON.parse(JSON.stringify(Buffer.from(CANARY))) as unknown;
    expect(maskValue({ body })).toEqual({ body: '[7 bytes]' });
  });

  it('keeps the values of an attribute that is no secret', () => {
    const change = { attribute: 'mail', values: ['anna@example.org'] };
    expect(maskValue(change)).toEqual(change);
  });

  it('is written whole when it is harmless', () => {
    expect(
      maskValue({
        lane_id: 7,
        name: 'queue',
        ok: true,
        none: null,
        at: new Date(0),
        big: 9n,
        list: [1, 'a'],
      }),
    ).toEqual({
      lane_id: 7,
      name: 'queue',
      ok: true,
      none: null,
      at: '1970-01-01T00:00:00.000Z',
      big: '9',
      list: [1, 'a'],
    });
  });

  it('never breaks the log: circles, depth, throwing getters, hostile names', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;
    let deep: unknown = { password: CANARY };
    for (let depth = 0; depth < 100; depth += 1) deep = { deep };
    const throwing = Object.defineProperty({}, 'password', {
      enumerable: true,
      get: () => {
        throw new Error(CANARY);
      },
    });
    const hostile = JSON.parse(`{"__proto__":{"password":"${CANARY}"},"constructor":1}`) as unknown;
    const text = shown({ circle, deep, throwing, hostile, wide: Array.from({ length: 10_000 }, () => 'x') });
    expect(text).not.toContain(CANARY);
    expect(text).toContain('[circular]');
    expect(text.length).toBeLessThan(10_000);
    expect(({} as { password?: string }).password).toBeUndefined();
  });
});
