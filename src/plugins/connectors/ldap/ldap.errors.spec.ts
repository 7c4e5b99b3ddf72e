import { describe, expect, it } from '@jest/globals';
import {
  DirectoryConnectionError,
  type DirectoryFailure,
  type DirectoryOperation,
  DirectoryResultError,
  DnSyntaxError,
} from '../../../platform/directory/index.js';
import { ConnectorError } from '../../../provisioning/index.js';
import { attributeIn, toConnectorError } from './ldap.errors.js';

const resulting = (operation: DirectoryOperation, code: number, words = ''): unknown =>
  toConnectorError(new DirectoryResultError(operation, code, words));

describe('a result code', () => {
  it.each<[DirectoryOperation, number, string, string, string]>([
    ['add', 68, '', 'already-exists', 'none'],
    ['add', 32, '', 'parent-missing', 'none'],
    ['modify', 32, '', 'not-found', 'none'],
    ['delete', 32, '', 'not-found', 'none'],
    ['search', 32, '', 'misconfigured', 'none'],
    ['bind', 32, '', 'invalid-credentials', 'none'],
    ['bind', 49, '', 'invalid-credentials', 'none'],
    ['bind', 53, 'unauthenticated bind disallowed', 'invalid-credentials', 'none'],
    ['modify', 50, '', 'permission-denied', 'none'],
    ['modify', 53, 'operation restricted', 'permission-denied', 'none'],
    ['modify', 53, 'shadow context; no update referral', 'permission-denied', 'none'],
    ['add', 53, 'no global superior knowledge', 'conflict', 'none'],
    ['modify', 122, '', 'stale', 'none'],
    ['modify', 51, '', 'busy', 'none'],
    ['modify', 11, '', 'busy', 'none'],
    ['search', 3, '', 'timeout', 'none'],
    ['modify', 3, '', 'timeout', 'unknown'],
    ['modify', 52, '', 'unreachable', 'unknown'],
    ['search', 52, '', 'unreachable', 'none'],
    ['add', 80, 'commit failed', 'busy', 'unknown'],
    ['modify', 10, '', 'misconfigured', 'none'],
    ['delete', 66, '', 'conflict', 'none'],
    ['add', 4711, '', 'conflict', 'none'],
  ])('of %s: %s "%s" is %s with effect %s', (operation, code, words, expected, effect) => {
    expect(resulting(operation, code, words)).toMatchObject({ code: expected, effect });
  });

  const changes: readonly DirectoryOperation[] = ['add', 'modify', 'rename', 'delete'];

  it.each<[string, readonly number[], string, 'none' | 'unknown']>([
    ['the server is busy and did nothing: again', [1, 11, 51], 'busy', 'none'],
    ['it may have done it before it gave up: read back first', [3], 'timeout', 'unknown'],
    ['it is going down, perhaps after it did it: read back first', [52], 'unreachable', 'unknown'],
    ['it failed somewhere, perhaps after it did it: read back first', [80], 'busy', 'unknown'],
    ['the login is to be corrected', [49], 'invalid-credentials', 'none'],
    ['the rights of the login are', [50, 123], 'permission-denied', 'none'],
    ['the settings are', [2, 7, 8, 12, 13, 14, 54], 'misconfigured', 'none'],
    ['another server holds it: a referral is never followed', [10], 'misconfigured', 'none'],
    ['a value is to be corrected', [16, 17, 18, 19, 20, 21, 34, 64, 65, 67, 69], 'invalid-attribute', 'none'],
    ['something stands in the way', [33, 36, 53, 66, 71], 'conflict', 'none'],
    ['something is at that place', [68], 'already-exists', 'none'],
    ['the entry is another one by now', [122], 'stale', 'none'],
  ])('of any change: %s (%j)', (_what, codes, expected, effect) => {
    for (const operation of changes) {
      for (const code of codes) expect(resulting(operation, code)).toMatchObject({ code: expected, effect });
    }
  });

  it.each<[string, readonly number[], string]>([
    ['cut off by a size limit: nothing is concluded from what came', [4], 'misconfigured'],
    ['cut off by a time limit', [3], 'timeout'],
    ['cut off by a limit of the administrator', [11], 'busy'],
    ['in a part that is elsewhere', [10], 'misconfigured'],
    ['below a base that is not there', [32, 34], 'misconfigured'],
  ])('of a search %s is an error (%j)', (_what, codes, expected) => {
    for (const code of codes) {
      expect(resulting('search', code)).toMatchObject({ code: expected, effect: 'none' });
    }
  });

  it.each([32, 34, 48, 49, 53])('%s of a login is about the login', (code) => {
    expect(resulting('bind', code)).toMatchObject({ code: 'invalid-credentials', effect: 'none' });
  });

  it.each([16, 17, 18, 19, 20, 21, 64, 65, 67])('%s is about an attribute', (code) => {
    expect(resulting('modify', code, 'mail: something')).toMatchObject({
      code: 'invalid-attribute',
      attribute: 'mail',
      effect: 'none',
    });
  });

  it('is told in the server’s own words', () => {
    expect(resulting('add', 65, "object class 'person' requires attribute 'sn'")).toMatchObject({
      message: "objectClassViolation (65): object class 'person' requires attribute 'sn'",
    });
    expect(resulting('add', 68)).toMatchObject({ message: 'entryAlreadyExists (68)' });
    expect(resulting('add', 13)).toMatchObject({
      message: 'confidentialityRequired (13). Use an ldaps:// address or StartTLS.',
    });
  });
});

describe('the server’s words', () => {
  it.each([
    ['foo: attribute type undefined', 'foo'],
    ['mail: value #0 invalid per syntax', 'mail'],
    ['modify/add: mail: value #0 already exists', 'mail'],
    ['modify/delete: userCertificate;binary: no such value', 'userCertificate;binary'],
    ["object class 'inetOrgPerson' requires attribute 'sn'", 'sn'],
    ["attribute 'homeDirectory' not allowed", 'homeDirectory'],
    ["value of naming attribute 'uid' is not present in entry", 'uid'],
    ['missing attribute "sn" required by object class "person"', 'sn'],
    ['attribute "foo" not allowed\n', 'foo'],
    ['some attributes not unique', undefined],
    ['no structural object class provided', undefined],
    ['', undefined],
  ])('name the attribute: %s', (words, attribute) => {
    expect(attributeIn(words)).toBe(attribute);
  });
});

describe('a connection error', () => {
  it.each<[DirectoryFailure, string]>([
    ['unreachable', 'unreachable'],
    ['insecure', 'misconfigured'],
    ['anonymous', 'invalid-credentials'],
    ['lost', 'unreachable'],
    ['ended', 'timeout'],
    ['malformed', 'misconfigured'],
    ['unsendable', 'invalid-attribute'],
  ])('%s is %s and keeps what is known of the effect', (failure, code) => {
    for (const effect of ['none', 'unknown'] as const) {
      const error = new DirectoryConnectionError(failure, 'words', { effect });

      expect(toConnectorError(error)).toMatchObject({ code, effect, message: 'words' });
    }
  });
});

describe('any other error', () => {
  it('is a wrong name, or stays the bug it is', () => {
    const bug = new TypeError('x is not a function');
    const known = new ConnectorError('stale', 'moved');

    expect(toConnectorError(new DnSyntaxError('no DN'))).toMatchObject({ code: 'invalid-attribute' });
    expect(toConnectorError(bug)).toBe(bug);
    expect(toConnectorError(known)).toBe(known);
  });
});
