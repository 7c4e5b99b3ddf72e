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
