// The table of RFC 8725: what somebody may send instead of an access token. Each row is wrong in the one way it names.
import { randomBytes } from 'node:crypto';
import {
  derOf,
  encode,
  hmac,
  inputOf,
  jwkOf,
  type Json,
  type Material,
  partsOf,
  pemOf,
  resigned,
  resignedText,
  signed,
  withParts,
} from './forged-tokens.fixture.js';

type Row = readonly [words: string, forge: (material: Material) => string];

const change =
  (part: { header?: Json; claims?: Json }): Row[1] =>
  (m) =>
    resigned(m, part);

const algorithms: readonly Row[] = [
  ...['none', 'None', 'NONE', 'nOnE'].map((alg): Row => [
    `alg ${alg} without a signature`,
    (m) => `${inputOf({ ...m.header, alg }, m.claims)}.`,
  ]),
  ['alg none with the real signature', (m) => withParts(m.real, { 0: encode({ ...m.header, alg: 'none' }) })],
  ['no alg', change({ header: { alg: undefined } })],
  ['alg null', change({ header: { alg: null } })],
  ['a list of algs', change({ header: { alg: ['ES256'] } })],
  ['an empty alg', change({ header: { alg: '' } })],
  ['alg in lower case', change({ header: { alg: 'es256' } })],
  ['alg with a blank behind it', change({ header: { alg: 'ES256 ' } })],
  ['HS256 with the public key in PEM', (m) => hmac(m, pemOf(m.publicKey), { ...m.header, alg: 'HS256' })],
  ['HS256 with the public key in DER', (m) => hmac(m, derOf(m.publicKey), { ...m.header, alg: 'HS256' })],
  [
    'HS256 with the public JWK',
    (m) => hmac(m, JSON.stringify(jwkOf(m.publicKey)), { ...m.header, alg: 'HS256' }),
  ],
  ['HS256 with the key id', (m) => hmac(m, m.header.kid, { ...m.header, alg: 'HS256' })],
  ['HS256 with an empty secret', (m) => hmac(m, '', { ...m.header, alg: 'HS256' })],
  ['HS512 with the public key', (m) => hmac(m, pemOf(m.publicKey), { ...m.header, alg: 'HS512' }, 'sha512')],
  ['a digest where ES256 is said', (m) => hmac(m, pemOf(m.publicKey), m.header)],
  ['a digest of 64 bytes where ES256 is said', (m) => hmac(m, pemOf(m.publicKey), m.header, 'sha512')],
  ['RS256', (m) => signed(m.own.rsa.privateKey, { ...m.header, alg: 'RS256' }, m.claims)],
  ['PS256', (m) => signed(m.own.rsa.privateKey, { ...m.header, alg: 'PS256' }, m.claims)],
  [
    'ES384',
    (m) => signed(m.own.p384.privateKey, { ...m.header, alg: 'ES384' }, m.claims, { hash: 'sha384' }),
  ],
  ['ES256K', (m) => signed(m.own.k256.privateKey, { ...m.header, alg: 'ES256K' }, m.claims)],
  ['EdDSA', (m) => signed(m.own.ed25519.privateKey, { ...m.header, alg: 'EdDSA' }, m.claims, { hash: null })],
  [
    'an Ed25519 signature where ES256 is said',
    (m) => signed(m.own.ed25519.privateKey, m.header, m.claims, { hash: null }),
  ],
  ['another digest of the real key', (m) => signed(m.key, m.header, m.claims, { hash: 'sha512' })],
];

const withKid = (kid: unknown): Row[1] => {
  return (m) => signed(m.own.p256.privateKey, { ...m.header, kid }, m.claims);
};

const keyIds: readonly Row[] = [
  ['the real key id and a key of their own', (m) => signed(m.own.p256.privateKey, m.header, m.claims)],
  ['no key id', change({ header: { kid: undefined } })],
  ['an empty key id', change({ header: { kid: '' } })],
  ['a key id that is a path', withKid('../../../../dev/null')],
  [
    'a key id that is a path, with an empty secret',
    (m) => hmac(m, '', { ...m.header, kid: '/dev/null', alg: 'HS256' }),
  ],
  ['a key id that is SQL', withKid("x' union select kid, private_key_sealed from auth_signing_keys --")],
  ['a key id that is a URL', withKid('https://evil.example/key.pem')],
  ['a key id that is a name of objects', withKid('__proto__')],
  ['a key id that is a method of objects', withKid('constructor')],
  ['a list of key ids', (m) => resigned(m, { header: { kid: [m.header.kid] } })],
  ['a key id that is an object', change({ header: { kid: { toString: 'x' } } })],
  ['a key id that is a number', change({ header: { kid: 0 } })],
  ['a key id with NUL behind it', (m) => resigned(m, { header: { kid: `${m.header.kid}\0` } })],
  ['a key id with a blank before it', (m) => resigned(m, { header: { kid: ` ${m.header.kid}` } })],
  ['a key id in another case', (m) => resigned(m, { header: { kid: m.header.kid.toLowerCase() } })],
  ['a key id of three kilobytes', withKid('k'.repeat(3_000))],
  ["the next key's id on a signature of this one", (m) => resigned(m, { header: { kid: m.nextKid } })],
  [
    'a key whose overlap is over',
    (m) => signed(m.expired.key, { ...m.header, kid: m.expired.kid }, m.claims),
  ],
  ["an expired key's id on a signature of this one", (m) => resigned(m, { header: { kid: m.expired.kid } })],
  [
    'a key written into the table as it is',
    (m) => signed(m.inserted.key, { ...m.header, kid: m.inserted.kid }, m.claims),
  ],
  ['the real key copied to another name', (m) => resigned(m, { header: { kid: m.copiedKid } })],
];

const brings = (header: (m: Material) => Json): Row[1] => {
  return (m) => signed(m.own.p256.privateKey, { ...m.header, ...header(m) }, m.claims);
};

const headers: readonly Row[] = [
  ['its own key in jwk', brings((m) => ({ jwk: jwkOf(m.own.p256.publicKey) }))],
  [
    'its own key in jwk, which has the real key id',
    brings((m) => ({ jwk: { ...jwkOf(m.own.p256.publicKey), kid: m.header.kid } })),
  ],
  ['a place of its key in jku', brings(() => ({ jku: 'https://evil.example/jwks.json' }))],
  ['a place of its key in x5u', brings(() => ({ x5u: 'https://evil.example/cert.pem' }))],
  ['its certificate in x5c', brings((m) => ({ x5c: [derOf(m.own.p256.publicKey).toString('base64')] }))],
  ['a digest of a certificate in x5t', change({ header: { x5t: 'AAAA' } })],
  ['crit', change({ header: { crit: ['exp'], exp: 1 } })],
  ['an empty crit', change({ header: { crit: [] } })],
  ['unencoded claims (b64)', change({ header: { crit: ['b64'], b64: false } })],
  ['zip', change({ header: { zip: 'DEF' } })],
  ['cty JWT', change({ header: { cty: 'JWT' } })],
  ['a header __proto__', (m) => resignedText(m, { header: (text) => text.replace('{', '{"__proto__":{},') })],
  [
    'alg twice, none first',
    (m) => resignedText(m, { header: (text) => text.replace('{', '{"alg":"none",') }),
  ],
  ['alg twice, none last', (m) => resignedText(m, { header: (text) => text.replace('}', ',"alg":"none"}') })],
  ['kid twice', (m) => resignedText(m, { header: (text) => text.replace('{', '{"kid":"x",') })],
  ['typ JWT', change({ header: { typ: 'JWT' } })],
  ['no typ', change({ header: { typ: undefined } })],
  ['typ of a refresh token', change({ header: { typ: 'rt+jwt' } })],
  ['typ with its prefix', change({ header: { typ: 'application/at+jwt' } })],
  ['a header that is a list', (m) => signed(m.key, [m.header], m.claims)],
  ['a header that is no JSON', (m) => signed(m.key, '{"alg"', m.claims)],
];

/** Claims that depend on the time of the real ones. */
const timed = (claims: (m: Material) => Json): Row[1] => {
  return (m) => resigned(m, { claims: claims(m) });
};

const claims: readonly Row[] = [
  ['another issuer', change({ claims: { iss: 'somebody' } })],
  ['no issuer', change({ claims: { iss: undefined } })],
  ['a list of issuers', change({ claims: { iss: ['provost'] } })],
  ['an issuer that begins like the real one', change({ claims: { iss: 'provost.evil.example' } })],
  ['the issuer in another case', change({ claims: { iss: 'Provost' } })],
  ['another audience', change({ claims: { aud: 'another-api' } })],
  ['no audience', change({ claims: { aud: undefined } })],
  ['a list of audiences with the real one', change({ claims: { aud: ['provost-api', 'another-api'] } })],
  ['an audience that begins like the real one', change({ claims: { aud: 'provost-api-2' } })],
  ['the beginning of the audience', change({ claims: { aud: 'provost' } })],
  [
    'exp in the past',
    timed((m) => ({ iat: m.claims.iat - 700, nbf: m.claims.iat - 705, exp: m.claims.iat - 100 })),
  ],
  ['exp as text', timed((m) => ({ exp: String(m.claims.exp) }))],
  ['exp with a fraction', timed((m) => ({ exp: m.claims.exp - 0.5 }))],
  ['a huge exp', change({ claims: { exp: 1e300 } })],
  ['exp beyond whole numbers', change({ claims: { exp: Number.MAX_SAFE_INTEGER + 1 } })],
  ['a negative exp', change({ claims: { exp: -1 } })],
  ['no exp', change({ claims: { exp: undefined } })],
  ['exp null', change({ claims: { exp: null } })],
  ['a life of a day', timed((m) => ({ exp: m.claims.iat + 86_400 }))],
  ['a life one second too long', timed((m) => ({ exp: m.claims.iat + 601 }))],
  ['nbf in the future', timed((m) => ({ nbf: m.claims.iat + 300 }))],
  ['nbf as text', timed((m) => ({ nbf: String(m.claims.iat) }))],
  ['no nbf', change({ claims: { nbf: undefined } })],
  ['iat in the future', timed((m) => ({ iat: m.claims.iat + 300 }))],
  [
    'iat, nbf and exp in the future',
    timed((m) => ({ iat: m.claims.iat + 300, nbf: m.claims.iat + 295, exp: m.claims.exp + 300 })),
  ],
  ['no iat', change({ claims: { iat: undefined } })],
  ['another operator in sub', timed((m) => ({ sub: m.otherOperatorId }))],
  ['a login in sub', change({ claims: { sub: 'admin' } })],
  ['no sub', change({ claims: { sub: undefined } })],
  ["another operator's session", timed((m) => ({ sid: m.otherSessionId }))],
  ['a session that has ended', timed((m) => ({ sid: m.endedSessionId }))],
  ['a session there is not', change({ claims: { sid: '00000000-0000-4000-8000-000000000000' } })],
  ['SQL as its session', change({ claims: { sid: "' or true --" } })],
  ['no session', change({ claims: { sid: undefined } })],
  ['no jti', change({ claims: { jti: undefined } })],
  ['roles that are a text', change({ claims: { roles: 'administrator' } })],
  ['a claim that Provost does not write', change({ claims: { admin: true } })],
  [
    'sub twice, the real one last',
    (m) => resignedText(m, { claims: (text) => text.replace('{', `{"sub":"${m.otherOperatorId}",`) }),
  ],
  [
    'sub twice, the real one first',
    (m) => resignedText(m, { claims: (text) => text.replace(/\}$/, `,"sub":"${m.otherOperatorId}"}`) }),
  ],
  ['exp twice', (m) => resignedText(m, { claims: (text) => text.replace('{', '{"exp":1,') })],
  [
    'a claim __proto__',
    (m) => resignedText(m, { claims: (text) => text.replace('{', '{"__proto__":{"sub":"x"},') }),
  ],
  [
    'a number spelled otherwise',
    (m) => resignedText(m, { claims: (text) => text.replace(String(m.claims.exp), `${m.claims.exp}.0`) }),
  ],
  ['blanks in its JSON', (m) => resignedText(m, { claims: (text) => text.replace(':', ': ') })],
  ['a byte order mark', (m) => resignedText(m, { claims: (text) => `\ufeff${text}` })],
  ['claims that are a list', (m) => signed(m.key, m.header, [m.claims])],
  ['claims that are null', (m) => signed(m.key, m.header, 'null')],
  ['another token as its claims', (m) => signed(m.key, m.header, m.real)],
  ['five kilobytes of claims', change({ claims: { roles: ['x'.repeat(5_000)] } })],
];

const part = (index: number, damage: (part: string) => string): Row[1] => {
  return (m) => withParts(m.real, { [index]: damage(m.real.split('.')[index] ?? '') });
};

const spellings: readonly Row[] = [
  ...['header', 'claims', 'signature'].map((name, index): Row => [
    `padding behind its ${name}`,
    part(index, (text) => `${text}==`),
  ]),
  [
    'the alphabet of ordinary base64',
    (m) => {
      // Signs until the signature has one of the two letters that differ.
      for (;;) {
        const token = resigned(m, {});
        const signature = token.split('.')[2] ?? '';
        if (/[-_]/.test(signature)) {
          return withParts(token, { 2: signature.replaceAll('-', '+').replaceAll('_', '/') });
        }
      }
    },
  ],
  [
    'stray bits at the end of the signature',
    part(2, (text) => text.slice(0, -1) + strayed(text.at(-1) ?? '')),
  ],
  ['a signature that ends early', part(2, (text) => text.slice(0, -2))],
  ['a signature that goes on', part(2, (text) => `${text}AAAA`)],
  ['a percent-encoded dot', (m) => m.real.replace('.', '%2E')],
];

/** The same six bits but for those that do not count. */
function strayed(letter: string): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return alphabet[alphabet.indexOf(letter) ^ 1] ?? '';
}

const zeros = (bytes: number): string => Buffer.alloc(bytes).toString('base64url');
const ORDER = 'ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551';

const signatures: readonly Row[] = [
  ['no signature', part(2, () => '')],
  ['a signature of zeros', part(2, () => zeros(64))],
  [
    "a signature of the curve's order",
    part(2, () => Buffer.from(ORDER + ORDER, 'hex').toString('base64url')),
  ],
  ['r of zero', part(2, (text) => zeros(32) + text.slice(-43))],
  ['a signature in DER', (m) => signed(m.key, m.header, m.claims, { encoding: 'der' })],
  ['zeros in DER', part(2, () => Buffer.from('3006020100020100', 'hex').toString('base64url'))],
  [
    'r and s the other way round',
    part(2, (text) => {
      const bytes = Buffer.from(text, 'base64url');
      return Buffer.concat([bytes.subarray(32), bytes.subarray(0, 32)]).toString('base64url');
    }),
  ],
  [
    'the signature of another token',
    (m) => withParts(m.real, { 2: resigned(m, { claims: { roles: [] } }).split('.')[2] ?? '' }),
  ],
  [
    'the claims of another token',
    (m) => withParts(m.real, { 1: encode({ ...partsOf(m.real).claims, roles: ['administrator'] }) }),
  ],
  [
    'one bit of its claims turned',
    part(1, (text) => text.slice(0, -2) + strayed(text.at(-2) ?? '') + text.slice(-1)),
  ],
];

const shapes: readonly Row[] = [
  ['two parts', (m) => m.real.split('.').slice(0, 2).join('.')],
  ['four parts', (m) => `${m.real}.AAAA`],
  [
    'five parts, as of an encrypted token',
    (m) => `${encode({ alg: 'dir', enc: 'A256GCM', kid: m.header.kid })}..AAAA.AAAA.AAAA`,
  ],
  ['five parts that begin like the real one', (m) => `${m.real}.AAAA.AAAA`],
  ['an empty first part', (m) => `.${m.real}`],
  ['dots', () => '..'],
  [
    'a JSON serialization',
    (m) =>
      JSON.stringify({
        payload: encode(m.claims),
        protected: encode(m.header),
        signature: m.real.split('.')[2],
      }),
  ],
  ['a refresh token', (m) => m.refreshToken],
  ['a key of a service', () => `provost_${randomBytes(32).toString('base64url')}`],
  ['a setup token', () => randomBytes(32).toString('base64url')],
  ['a session id', (m) => String(m.claims['sid'])],
  ['random bytes', () => randomBytes(300).toString('base64url')],
];

export const forgedTokens: readonly Row[] = [
  ...algorithms,
  ...keyIds,
  ...headers,
  ...claims,
  ...spellings,
  ...signatures,
  ...shapes,
];
