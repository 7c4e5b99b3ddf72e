import { describe, expect, it } from '@jest/globals';
import { readKeyId } from './access-token.js';

const HEADER = { alg: 'ES256', typ: 'at+jwt', kid: 'k1' };
const CLAIMS = {
  iss: 'provost',
  aud: 'provost-api',
  sub: '6f9d3d0e-5b0c-4a8e-9c51-0d2f6f8e7a11',
  sid: '0a4d1f5e-7f0a-4f1e-8b1d-3d9b2a6c5e22',
  jti: '9b2f6c1d-2e3f-4a5b-8c7d-6e5f4a3b2c33',
  iat: 1_800_000_000,
  nbf: 1_799_999_995,
  exp: 1_800_000_600,
  roles: ['auditor'],
};
const SIGNATURE = Buffer.alloc(64, 7).toString('base64url');

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const token = (header: unknown, claims: unknown, signature = SIGNATURE): string =>
  `${encode(header)}.${encode(claims)}.${signature}`;

describe('readKeyId', () => {
  it('reads a token in the form that Provost writes', () => {
    expect(readKeyId(token(HEADER, CLAIMS))).toBe('k1');
  });

  it.each<[string, string]>([
    ['no parts', ''],
    ['two parts', token(HEADER, CLAIMS).split('.').slice(0, 2).join('.')],
    ['a stripped signature', token(HEADER, CLAIMS, '')],
    ['five parts, as of an encrypted token', `${token(HEADER, CLAIMS)}.AA.AA`],
    ['alg none', token({ ...HEADER, alg: 'none' }, CLAIMS)],
    ['alg HS256', token({ ...HEADER, alg: 'HS256' }, CLAIMS)],
    ['alg in another case', token({ ...HEADER, alg: 'es256' }, CLAIMS)],
    ['typ JWT', token({ ...HEADER, typ: 'JWT' }, CLAIMS)],
    ['no typ', token({ alg: 'ES256', kid: 'k1' }, CLAIMS)],
    ['no kid', token({ alg: 'ES256', typ: 'at+jwt' }, CLAIMS)],
    ['a kid that is no text', token({ ...HEADER, kid: ['k1'] }, CLAIMS)],
    ['a jwk header', token({ ...HEADER, jwk: {} }, CLAIMS)],
    ['a jku header', token({ ...HEADER, jku: 'https://evil.example/keys' }, CLAIMS)],
    ['a crit header', token({ ...HEADER, crit: ['exp'] }, CLAIMS)],
    ['a zip header', token({ ...HEADER, zip: 'DEF' }, CLAIMS)],
    ['a header that is a list', token([HEADER], CLAIMS)],
    ['a header that is no JSON', token('{"alg"', CLAIMS)],
    ['claims that are null', token(HEADER, null)],
    ['two claims of one name', token(HEADER, JSON.stringify(CLAIMS).replace('{', '{"sub":"x",'))],
    ['two headers of one name', token(JSON.stringify(HEADER).replace('{', '{"alg":"none",'), CLAIMS)],
    [
      'a number spelled otherwise',
      token(HEADER, JSON.stringify(CLAIMS).replace('1800000600', '1.8000006e9')),
    ],
    ['blanks in JSON', token(HEADER, JSON.stringify(CLAIMS, null, 1))],
    ['exp as text', token(HEADER, { ...CLAIMS, exp: '1800000600' })],
    ['no exp', token(HEADER, { ...CLAIMS, exp: undefined })],
    ['no sid', token(HEADER, { ...CLAIMS, sid: undefined })],
    ['a life longer than 600 seconds', token(HEADER, { ...CLAIMS, exp: CLAIMS.iat + 601 })],
    ['a list of audiences', token(HEADER, { ...CLAIMS, aud: ['provost-api'] })],
    ['a claim that Provost does not write', token(HEADER, { ...CLAIMS, admin: true })],
    ['a __proto__ claim', token(HEADER, JSON.stringify(CLAIMS).replace('{', '{"__proto__":{},'))],
    ['padding', `${token(HEADER, CLAIMS)}=`],
    [
      'standard base64 instead of base64url',
      token(HEADER, CLAIMS, Buffer.alloc(64, 0xff).toString('base64')),
    ],
    ['a signature in DER', token(HEADER, CLAIMS, Buffer.alloc(71, 48).toString('base64url'))],
    ['stray bits at the end of the signature', token(HEADER, CLAIMS, SIGNATURE.replace(/.$/, 'x'))],
    ['more than 4096 characters', token(HEADER, { ...CLAIMS, roles: ['x'.repeat(4096)] })],
  ])('reads nothing from %s', (_, damaged) => {
    expect(readKeyId(damaged)).toBeUndefined();
  });
});
