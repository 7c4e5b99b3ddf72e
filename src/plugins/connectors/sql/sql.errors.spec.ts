import { describe, expect, it } from '@jest/globals';
import { DatabaseError } from 'pg';
import { ConnectorError } from '../../../provisioning/index.js';
import { type ErrorContext, toConnectorError } from './sql.errors.js';
import type { Column, TableDescription } from './table-description.js';

const column = (name: string, type: string): [string, Column] => [
  name,
  {
    name,
    type,
    printedAs: null,
    isArray: type.endsWith('[]'),
    isBinary: false,
    isNullable: true,
    hasDefault: false,
    isWritable: true,
  },
];
const table: TableDescription = {
  columns: new Map([
    column('login', 'text'),
    column('age', 'integer'),
    column('size', 'integer'),
    column('born', 'date'),
  ]),
  constraints: [
    { name: 'people_login_key', isUnique: true, columns: ['login'] },
    { name: 'people_mail_key', isUnique: true, columns: ['mail'] },
    { name: 'people_age_check', isUnique: false, columns: ['age'] },
    { name: 'people_unit_fkey', isUnique: false, columns: ['unit'] },
  ],
};

function serverError(code: string, message = 'words', more: Partial<DatabaseError> = {}): DatabaseError {
  return Object.assign(
    new DatabaseError(message, 0, 'error'),
    { code, detail: 'Failing row contains (pa55)' },
    more,
  );
}
const translate = (error: unknown, context: Partial<ErrorContext> = {}): ConnectorError =>
  toConnectorError(error, { operation: 'update', wasSent: true, table, keyColumn: 'login', ...context });

describe('an SQLSTATE', () => {
  it.each([
    ['08006', 'unreachable', 'unknown'],
    ['22P02', 'invalid-attribute', 'none'],
    ['23502', 'invalid-attribute', 'none'],
    ['23P01', 'conflict', 'none'],
    ['25006', 'misconfigured', 'none'],
    ['28P01', 'invalid-credentials', 'none'],
    ['3D000', 'misconfigured', 'none'],
    ['40P01', 'busy', 'none'],
    ['42501', 'permission-denied', 'none'],
    ['42P01', 'misconfigured', 'none'],
    ['42703', 'invalid-attribute', 'none'],
    ['53300', 'busy', 'none'],
    ['57014', 'timeout', 'none'],
    ['57P01', 'unreachable', 'unknown'],
    ['57P03', 'unreachable', 'unknown'],
    ['P0001', 'conflict', 'none'],
  ])('%s is %s with effect %s', (state, code, effect) => {
    const error = translate(serverError(state));

    expect(error).toMatchObject({ code, effect, message: `words (SQLSTATE ${state})` });
    expect(error.cause).toBeUndefined();
  });

  it('of a read or a login has no effect', () => {
    expect(translate(serverError('57P01'), { operation: 'read' }).effect).toBe('none');
    expect(translate(serverError('57P03'), { operation: 'connect', wasSent: false }).effect).toBe('none');
  });

  it('tells a name that is taken from another value that is', () => {
    const [name, other] = ['people_login_key', 'people_mail_key'].map((constraint) =>
      serverError('23505', 'duplicate', { constraint }),
    );

    expect(translate(name, { operation: 'create' })).toMatchObject({ code: 'already-exists' });
    expect(translate(name, { operation: 'rename' })).toMatchObject({ code: 'already-exists' });
    expect(translate(other, { operation: 'create' })).toMatchObject({ code: 'conflict', attribute: 'mail' });
    expect(translate(serverError('23505'), { operation: 'create' })).toMatchObject({ code: 'conflict' });
  });

  it('tells what this row misses from what still needs it', () => {
    const own = serverError('23503', 'x', { constraint: 'people_unit_fkey' });

    expect(translate(own)).toMatchObject({ code: 'parent-missing', attribute: 'unit' });
    expect(translate(own, { operation: 'delete' })).toMatchObject({ code: 'conflict' });
    expect(translate(serverError('23503'))).toMatchObject({ code: 'conflict' });
  });
});

describe('the column to blame', () => {
  it.each<[string, DatabaseError, ErrorContext['assigned'], string | undefined]>([
    ['the server names it', serverError('23502', 'x', { column: 'sn' }), {}, 'sn'],
    ['its constraint does', serverError('23514', 'x', { constraint: 'people_age_check' }), {}, 'age'],
    ['the message does', serverError('42703', 'column "hat" of relation "people" does not exist'), {}, 'hat'],
    ['it is the only one', serverError('22001', 'value too long'), { login: ['x'] }, 'login'],
    [
      'its type is the only one',
      serverError('22P02', 'invalid input syntax for type date: "x"'),
      { born: ['x'], age: ['x'] },
      'born',
    ],
    [
      'its value is the only one',
      serverError('22008', 'out of range: "9"'),
      { born: ['9'], age: ['1'] },
      'born',
    ],
    ['nobody can tell', serverError('22003', 'integer out of range'), { age: ['9'], size: ['9'] }, undefined],
  ])('is known when %s', (_how, error, assigned, attribute) => {
    expect(translate(error, { assigned: assigned ?? {} })).toMatchObject({ attribute });
  });
});

describe('a failure without an answer', () => {
  const withCode = (code: string, message = 'words'): Error => Object.assign(new Error(message), { code });

  it.each([
    [withCode('ECONNREFUSED'), 'unreachable'],
    [withCode('ENOTFOUND'), 'unreachable'],
    [withCode('UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'), 'misconfigured'],
    [new Error('The server does not support SSL connections'), 'misconfigured'],
    [new Error('SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature is wrong'), 'invalid-credentials'],
    [new Error('timeout exceeded when trying to connect'), 'busy'],
    [new Error('Connection terminated due to connection timeout'), 'unreachable'],
    [new AggregateError([withCode('ECONNREFUSED', 'a'), withCode('ECONNREFUSED', 'b')], ''), 'unreachable'],
  ])('while connecting: %s', (error, code) => {
    expect(translate(error, { operation: 'connect', wasSent: false })).toMatchObject({
      code,
      effect: 'none',
    });
  });

  it('of a change that was sent leaves its effect unknown', () => {
    const lost = new Error('Connection terminated unexpectedly');

    expect(translate(lost)).toMatchObject({ code: 'unreachable', effect: 'unknown' });
    expect(translate(lost, { operation: 'read' })).toMatchObject({ code: 'unreachable', effect: 'none' });
    expect(translate(lost, { wasSent: false })).toMatchObject({ code: 'unreachable', effect: 'none' });
  });
});
