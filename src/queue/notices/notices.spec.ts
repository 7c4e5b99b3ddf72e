import { createHmac } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { loadSettings } from '../../platform/config/index.js';
import { Secret } from '../../platform/logging/index.js';
import { deliveryOf } from './delivery.js';
import { noticeDocument, type NoticedTarget } from './notice-document.js';
import { noticeSettings } from './notice.config.js';
import { signNotice } from './sign-notice.js';

const well: NoticedTarget = {
  id: 3,
  name: 'system:Directory',
  hold: null,
  holdReason: null,
  heldAt: null,
  breakerOpenUntil: null,
  breakerReason: null,
  parked: 0,
  most: 10_000,
};

const textOf = (target: Partial<NoticedTarget>): string =>
  noticeDocument('e', new Date(0), { ...well, ...target }, []).text;

describe('a notice', () => {
  it('says in one line what is so when it is sent', () => {
    expect(textOf({ parked: 3 })).toBe('system:Directory has 3 lanes that wait for a person.');
    expect(textOf({ parked: 10_000 })).toBe(
      'system:Directory has 10000 or more lanes that wait for a person.',
    );
    expect(textOf({ hold: 'maintenance' })).toBe('system:Directory is held (maintenance).');
    expect(textOf({ breakerOpenUntil: new Date(0), parked: 1 })).toBe(
      'system:Directory does not answer as it should and is left alone for a while; has a lane that waits for a person.',
    );
    expect(textOf({})).toBe('system:Directory is well again.');
  });

  it('names operations as people look them up', () => {
    const first = {
      laneId: 41,
      seq: 7,
      subject: 'match anna',
      attempts: 4,
      parkedAt: new Date(0),
      code: 'busy',
    };
    expect(noticeDocument('e', new Date(0), { ...well, parked: 1 }, [first]).parked).toEqual({
      lanes: 1,
      isAtLeast: false,
      first: [
        {
          operation: 'o41-7',
          subject: 'match anna',
          attempts: 4,
          since: '1970-01-01T00:00:00.000Z',
          code: 'busy',
        },
      ],
    });
  });

  it('is signed over its time and its body', () => {
    const expected = createHmac('sha256', 'a secret of the two').update('1798761600.{"a":1}').digest('hex');
    expect(signNotice(new Secret('a secret of the two'), '1798761600', '{"a":1}')).toBe(expected);
  });
});

describe("a receiver's answer", () => {
  it.each([
    [200, 'executed'],
    [204, 'executed'],
    [301, 'configuration'],
    [401, 'configuration'],
    [404, 'configuration'],
    [408, 'transient'],
    [429, 'transient'],
    [500, 'transient'],
    [503, 'transient'],
  ])('%i is %s', (status, kind) => {
    expect(deliveryOf({ status, retryAfterMs: undefined }).kind).toBe(kind);
  });

  it('says when to come again', () => {
    expect(deliveryOf({ status: 429, retryAfterMs: 7_000 })).toMatchObject({
      retryAfterMs: 7_000,
      sign: 'asks-for-less',
    });
  });
});

describe('the address of notices', () => {
  const load = (url: string): unknown => loadSettings([noticeSettings], { PROVOST_NOTICE_URL: url }).sources;

  it.each([
    'https://hooks.example.org/x?y=z',
    'http://localhost:9000/',
    'http://127.0.0.1/',
    'http://[::1]:9/',
  ])('may be %s, and is never shown', (url) => {
    expect(JSON.stringify(load(url))).not.toContain(url);
  });

  it.each([
    'http://hooks.example.org/',
    'ftp://hooks.example.org/',
    'https://anna:secret@hooks.example.org/',
    'https://hooks.example.org/#part',
    'hooks.example.org',
  ])('is not %s', (url) => {
    expect(() => load(url)).toThrow('PROVOST_NOTICE_URL');
  });
});
