import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { Secret } from '../platform/logging/index.js';
import { recordedJson } from './recorded-json.js';

function recorded(value: unknown): unknown {
  return JSON.parse(recordedJson(value) ?? 'null') as unknown;
}

describe('a value in an audit record', () => {
  it('is the JSON it would be anyway', () => {
    const value = { a: [1, 'x', null, true], b: { c: '2027-01-05' } };
    expect(recorded(value)).toEqual(value);
    expect(recorded(new Date(0))).toBe('1970-01-01T00:00:00.000Z');
    expect(recordedJson(undefined)).toBeNull();
    expect(recordedJson(null)).toBe('null');
  });

  it('never shows a Secret, wherever it stands', () => {
    expect(recorded([{ harmless: new Secret('canary') }])).toEqual([{ harmless: '[secret]' }]);
  });

  it.each([
    'password',
    'bindPassword',
    'PASSWORD',
    'userPassword',
    'clientsecret',
    'client_secret',
    'accessToken',
    'api-key',
    'key',
    'Authorization',
    'credentials',
  ])('does not show what is called %s, whatever it is', (name) => {
    const value = { [name]: ['canary', 7, { deep: 'canary', nothing: null }], other: 'shown' };
    expect(recorded(value)).toEqual({
      [name]: ['[secret]', '[secret]', { deep: '[secret]', nothing: null }],
      other: 'shown',
    });
    expect(recordedJson({ [name]: Buffer.from('canary') })).not.toContain('canary');
  });

  it.each(['keyColumn', 'secretNames', 'publicKey', 'tokenCount', 'passwordChangedAt', 'monkey'])(
    'shows what is called %s',
    (name) => {
      expect(recorded({ [name]: 'shown' })).toEqual({ [name]: 'shown' });
    },
  );

  it('shows that something secret was set or not', () => {
    expect(recorded({ password: null, token: true })).toEqual({ password: null, token: true });
  });

  it('holds bytes and overlong text by their digest and size', () => {
    const digest = { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), sizeBytes: 20_000 };
    expect(recorded({ photo: Buffer.alloc(20_000), text: 'x'.repeat(20_000) })).toEqual({
      photo: digest,
      text: digest,
    });
  });

  it('holds a value that is too large as a whole by its digest and size, with its secrets masked before', () => {
    const rows = Array.from({ length: 3_000 }, (_, index) => ({
      password: `canary ${index}`,
      name: 'x'.repeat(10),
    }));
    const masked = JSON.stringify(rows.map(({ name }) => ({ password: '[secret]', name })));
    expect(recorded(rows)).toEqual({
      sha256: createHash('sha256').update(masked).digest('hex'),
      sizeBytes: masked.length,
    });
    expect(recorded(rows.slice(0, 1_000))).toHaveLength(1_000);
  });

  it('keeps every value of names that become the same', () => {
    expect(recorded({ 'a\u0000': 1, 'a\uFFFD': 2, 'a\ud800': 3, 'a\uFFFD (2)': 4 })).toEqual({
      'a\uFFFD': 1,
      'a\uFFFD (2)': 2,
      'a\uFFFD (3)': 3,
      'a\uFFFD (2) (2)': 4,
    });
  });

  it('holds what neither JSON nor PostgreSQL can, changed as little as possible', () => {
    expect(recorded({ 'a\u0000': 'b\u0000', lone: '\ud800', big: 2n ** 64n })).toEqual({
      'a\uFFFD': 'b\uFFFD',
      lone: '\uFFFD',
      big: '18446744073709551616',
    });
    const ring: Record<string, unknown> = {};
    ring['ring'] = ring;
    expect(recordedJson(ring)).toContain('[…]');
  });
});
