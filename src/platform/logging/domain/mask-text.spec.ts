import { describe, expect, it } from '@jest/globals';
import { MASK, maskText } from './mask-text.js';

const TOKEN = 'Zk3vQ9sJ1bX7yT5uR2wN8pL4mC6dF0gHaEiOqUxVrYz';
const KEY = 'q83vASNFZ4mrze8BI0VniavN7wEjRWeJq83vASNFZ4k=';
const JWT = 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJlLXNpZ25hdHVyZQ';
const [BEGIN, END] = ['BEGIN', 'END'].map((word) => `-----${word} PRIVATE KEY-----`);
const PEM = `${BEGIN}\nMIGHAgEAMBMGByqGSM49\nAgEG\n${END}`;

describe('a text that holds a secret', () => {
  it.each([
    ['a connection string', 'connect postgres://provost:hunter2@db:5432/provost failed', 'hunter2'],
    ['one with an @ in its password', 'postgresql://u:p@ss:w@rd@db/x', 'p@ss'],
    ['one with a slash in its password', 'postgres://u:hun/ter2@db/x', 'ter2'],
    ['one without a user', 'redis://:hunter2@cache', 'hunter2'],
    ['one of a directory', 'LDAPS://cn=admin:hunter2@directory.example.org', 'hunter2'],
    ['two of them', 'postgres://a:hunter2@x or postgres://b:hunter3@y', 'hunter3'],
    ['a bearer token', 'authorization: Bearer abc.def-ghi_123', 'abc.def'],
    ['basic credentials', 'Basic dXNlcjpwYXNz', 'dXNl'],
    ['a JWT', `token ${JWT} was refused`, 'c2lnbmF0'],
    ['a JWT that was cut off', `sent ${JWT.slice(0, 30)}`, 'hbGciOi'],
    ['a refresh token', `refresh with ${TOKEN}`, TOKEN.slice(0, 8)],
    ['a key with a prefix', `key provost_${TOKEN}`, TOKEN.slice(0, 8)],
    ['a key of 32 bytes', `the key is ${KEY}.`, KEY.slice(0, 8)],
    ['a private key', `reading ${PEM} failed`, 'MIGHAg'],
    ['a private key that was cut off', PEM.slice(0, 40), 'MIGHAg'],
    ['a password hash', 'hash $argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 'c2FsdA'],
    ['a hash of a directory', 'userPassword: {SSHA}c2FsdGhhc2g=', 'c2FsdG'],
    ['an assignment', 'password=hunter2&login=anna', 'hunter2'],
    ['an assignment in a log of the driver', 'PGPASSWORD=hunter2 psql', 'hunter2'],
    ['an environment variable', 'PROVOST_SECRETS_KEY: hunter2hunter2', 'hunter2'],
    ['a field of an object', `{ clientSecret: 'hunter2', login: 'anna' }`, 'hunter2'],
    ['a field with an escaped quote', `{"password":"hun\\"ter2","login":"anna"}`, 'ter2'],
    ['JSON inside JSON', `{"body":"{\\"password\\":\\"hunter2\\",\\"login\\":\\"anna\\"}"}`, 'hunter2'],
    ['JSON inside JSON with a quote', `"{\\"password\\":\\"hun\\\\\\"ter2\\"}"`, 'ter2'],
    ['several cookies', 'Cookie: theme=dark; session=hunter2', 'hunter2'],
    ['a cookie that is set', 'set-cookie: theme=dark; sid=hunter2\nnext line', 'hunter2'],
    ['digest credentials', 'Authorization: Digest username="anna", response="hunter2"', 'hunter2'],
    ['credentials of a scheme of its own', 'Authorization: AWS hunter2', 'hunter2'],
    ['a password in LDIF', 'userPassword:: aHVudGVyMg==', 'aHVudGVy'],
    ['one that goes on in the next line', 'unicodePwd:: aHVu\n dGVyMg==\nuid: anna', 'dGVyMg'],
    ['a list of passwords', '{"password":["hunter2"]}', 'hunter2'],
    ['the second of a list', '{"tokens": ["a", "hun]ter2"]}', 'ter2'],
    ['a list in JSON inside JSON', '"{\\"password\\":[\\"hunter2\\"]}"', 'hunter2'],
    ['a short name', 'bind with pass=hunter2', 'hunter2'],
    ['a setting of a directory', 'bindpw = hunter2', 'hunter2'],
    ['a quoted value of a short name', `{ pass: 'hunter2' }`, 'hunter2'],
    ['a command line', 'spawn psql --password hunter2 -h db', 'hunter2'],
    ['a quoted word of one', 'ldapadd --bind-password "hunter2 x" -v', 'hunter2'],
    ['a URL with a token for its user', 'clone https://hunter2@git.example.org/x', 'hunter2'],
    ['a key in a query', 'GET https://maps.example.org/x?key=hunter2', 'hunter2'],
    ['a signature in a query', 'GET /x?se=1&sig=hunter2&page=2', 'hunter2'],
    ['a code in a query', 'GET /callback?state=1&code=hunter2', 'hunter2'],
    ['a password that begins like a port', 'postgres://u:12345/hunter2@db/x', 'hunter2'],
    ['bytes as JSON', '{"type":"Buffer","data":[104,117,110]}', '104,117'],
    ['a password of digits', 'password=123456', '123456'],
    ['a password that begins like a sentence', 'password: not-hunter2', 'hunter2'],
    ['line breaks', 'first line\npassword: hunter2\nlast line', 'hunter2'],
  ])('is written without it: %s', (_what, text, secret) => {
    expect(text).toContain(secret);
    const masked = maskText(text);
    expect(masked).not.toContain(secret);
    expect(masked).toContain(MASK);
    expect(maskText(masked)).toBe(masked);
  });

  it('keeps what stands around the secret', () => {
    expect(maskText('connect postgres://provost:hunter2@db:5432/provost failed')).toBe(
      'connect postgres://provost:[secret]@db:5432/provost failed',
    );
    expect(maskText('{"password":"hun\\"ter2","login":"anna"}')).toBe(
      '{"password":"[secret]","login":"anna"}',
    );
    expect(maskText('password=hunter2&login=anna')).toBe('password=[secret]&login=anna');
  });
});

describe('a text without a secret', () => {
  it.each([
    'GET http://127.0.0.1:3000/api/v1/identities?mail=anna@example.org',
    'the password is not right',
    'a refresh token was used again: the session ends',
    'QueryFailedError: duplicate key value violates unique constraint "auth_operators_login_key"',
    'lane 41 of account 0b6f7f0e-6c0c-4d0b-9a52-2c3a8f1d2e3f parked: o41-7',
    'sha256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'uid=anna,ou=people,dc=example,dc=org',
    '    at Object.<anonymous> (file:///work/src/platform/logging/json-logger.ts:12:3)',
    'secret: not found',
    'the token: expired yesterday',
    'password: required.',
    'tokens=12, lanes=3',
    'Secrets: 3 sealed',
    'the first pass: all went well',
    'keys: 2 of 3',
    'a cookie and the authorization of anna',
    'npm run seed -- operator --login anna --password-file ./admin --reset-password',
    'GET /api/v1/audit?objectKey=7&page=2',
    `    at f (/srv/migrations/1795000009000-Create-Secret-Keys-And-Their-Checks.spec.ts:1:1)`,
    '',
  ])('is written as it is: %s', (text) => {
    expect(maskText(text)).toBe(text);
  });

  it('of any shape is done in linear time', () => {
    for (const piece of [
      'a',
      'password=',
      '://',
      'x://u:',
      'eyJ',
      '{SSHA}',
      '"token":"\\"',
      String(BEGIN),
      'aB3_',
      '@',
      'cookie: ',
      '--password ',
      '----',
      '"password":["',
      '?key=',
      'https://a',
      'unicodePwd:: a\n ',
      '"type":"Buffer","data":[1,',
    ]) {
      const long = piece.repeat(Math.ceil(200_000 / piece.length));
      const startedAt = process.cpuUsage();
      maskText(long);
      const { user } = process.cpuUsage(startedAt);
      expect({ piece, isFast: user < 2_000_000 }).toEqual({ piece, isFast: true });
    }
  });
});
