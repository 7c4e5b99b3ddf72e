import { describe, expect, it } from '@jest/globals';
import { isReadableOnTheWay, serverAddress } from './server-address.js';

describe('serverAddress', () => {
  it.each([
    ['http://127.0.0.1:3000', 'http://127.0.0.1:3000'],
    ['http://127.0.0.1:3000/', 'http://127.0.0.1:3000'],
    ['HTTPS://Provost.Example.org:443//', 'https://provost.example.org'],
    ['https://example.org/provost/', 'https://example.org/provost'],
  ])('gives %s one form', (typed, address) => {
    expect(serverAddress(typed, '--server')).toBe(address);
  });

  it.each([
    '',
    'localhost:3000',
    'provost.example.org',
    'ldap://example.org',
    'file:///etc/passwd',
    'http://',
    'http://anna:secret@example.org',
    'http://example.org/?a=b',
    'http://example.org/#a',
  ])('refuses %p with exit code 2', (typed) => {
    expect(() => serverAddress(typed, '--server')).toThrow(expect.objectContaining({ exitCode: 2 }));
  });

  it('does not repeat a password', () => {
    expect(() => serverAddress('http://anna:secret@example.org', '--server')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});

describe('isReadableOnTheWay', () => {
  it.each([
    ['http://provost.example.org', true],
    ['http://10.0.0.1:3000', true],
    ['http://127.0.0.1.example.org', true],
    ['https://provost.example.org', false],
    ['http://127.0.0.1:3000', false],
    ['http://[::1]:3000', false],
    ['http://localhost', false],
  ])('of %s is %p', (server, isReadable) => {
    expect(isReadableOnTheWay(server)).toBe(isReadable);
  });
});
