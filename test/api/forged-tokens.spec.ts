import { createPublicKey } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { KeyRotation } from '../../src/auth/key-rotation.js';
import { SigningKeys } from '../../src/auth/signing-keys.js';
import { Clock, systemClock } from '../../src/platform/clock/index.js';
import { Database } from '../../src/platform/database/index.js';
import type { TestApp } from '../support/http-app.js';
import { addLoggedIn, bootGuardedApp, logIn } from '../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../support/postgres.js';
import { type Material, ownKeys, partsOf, requestByHand, resigned } from './forged-tokens.fixture.js';
import { forgedTokens } from './forged-tokens.rows.js';

/** Every word there is about a token that is refused. */
const DOCUMENTED = [
  /^Send an access token as "Authorization: Bearer …"; POST \/api\/v1\/auth\/login gives one\.$/,
  /^The access token is not valid\. Log in with POST \/api\/v1\/auth\/login to get one that is\.$/,
  /^The access token has expired\. Get a new one with POST \/api\/v1\/auth\/refresh\.$/,
  /^The session of this access token has ended\. Log in again\.$/,
];
const ME = '/api/v1/auth/me';

class MovableClock extends Clock {
  #aheadMs = 0;

  forward(ms: number): void {
    this.#aheadMs += ms;
  }

  now(): Date {
    return systemClock.now();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs() + this.#aheadMs;
  }
}

let database: TestDatabase;
let app: TestApp;
let material: Material;
const logged: unknown[][] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  const clock = new MovableClock();
  app = await bootGuardedApp({ databaseUrl: database.url, clock });
  const record = (...parts: unknown[]): void => void logged.push(parts);
  Logger.overrideLogger({ log: record, warn: record, error: record, debug: record, fatal: record });
  material = await gather(app, clock);
}, 60_000);

afterAll(async () => {
  Logger.overrideLogger(false);
  await app?.close();
  await database?.drop();
});

/** A good token, and whatever a forger could have besides. */
async function gather({ app: nest }: TestApp, clock: MovableClock): Promise<Material> {
  const keys = nest.get(SigningKeys);
  const sql = <Row>(text: string, values: unknown[] = []): Promise<Row[]> =>
    nest.get(Database).query<Row>(text, values);
  const rotate = (): Promise<void> =>
    nest.get(KeyRotation).rotateNow({ revokesOld: false }, { name: 'system', requestId: null });
  const reread = (): Promise<void> => {
    clock.forward(5_000);
    return keys.refresh();
  };
  const expired = { kid: keys.active.kid, key: keys.active.privateKey };
  await rotate();
  await sql(
    `update auth_signing_keys
     set signs_from = signs_from - interval '15 minutes', retired_at = retired_at - interval '15 minutes'`,
  );
  await reread();
  await rotate();
  await sql(
    `update auth_signing_keys
     set retired_at = now() - interval '1 hour', accepted_until = now() - interval '1 minute'
     where kid = $1`,
    [expired.kid],
  );
  const own = ownKeys();
  await sql(
    `insert into auth_signing_keys (kid, private_key_sealed, is_active) values ('inserted', $1, false)`,
    [Buffer.from(own.p256.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())],
  );
  await sql(
    `insert into auth_signing_keys (kid, private_key_sealed, is_active)
     select 'copied', private_key_sealed, false from auth_signing_keys where kid = $1`,
    [keys.active.kid],
  );
  await reread();
  const nextKid = (await keys.all()).find(({ signsFrom }) => signsFrom > systemClock.now())?.kid ?? '';
  const { kid: activeKid, privateKey: key } = keys.active;

  const owner = await addLoggedIn(app, 'owner', 'auditor');
  const ended = await logIn(app, 'owner');
  const other = await addLoggedIn(app, 'other', 'administrator');
  await app.request('POST', '/api/v1/auth/logout', { token: ended.accessToken });
  const { header, claims } = partsOf(owner.accessToken);
  expect(header).toMatchObject({ kid: activeKid });
  return {
    real: owner.accessToken,
    header: header as Material['header'],
    claims: claims as Material['claims'],
    key,
    publicKey: createPublicKey(key),
    nextKid,
    expired,
    inserted: { kid: 'inserted', key: own.p256.privateKey },
    copiedKid: 'copied',
    own,
    refreshToken: owner.refreshToken,
    otherOperatorId: other.id,
    otherSessionId: String(partsOf(other.accessToken).claims['sid']),
    endedSessionId: String(partsOf(ended.accessToken).claims['sid']),
  };
}

const expectGoodTokenToEnter = async (): Promise<void> => {
  const { status, body } = await app.request('GET', ME, { token: material.real });
  expect({ status, login: body['login'] }).toEqual({ status: 200, login: 'owner' });
};

describe('a forged access token', () => {
  it.each(forgedTokens)('does not enter: %s', async (_, forge) => {
    await expectGoodTokenToEnter();
    const token = forge(material);
    expect(token).not.toBe(material.real);
    const { status, headers, body } = await app.request('GET', ME, { token });
    expect({ status, type: body['type'] }).toEqual({ status: 401, type: '/problems/http/unauthenticated' });
    expect(headers.get('www-authenticate')).toBe('Bearer error="invalid_token"');
    expect(Object.keys(body).toSorted()).toEqual(['detail', 'instance', 'status', 'title', 'type']);
    expect(DOCUMENTED.filter((words) => words.test(String(body['detail'])))).toHaveLength(1);
    await expectGoodTokenToEnter();
  });

  it('is one of more than 120', () => {
    expect(new Set(forgedTokens.map(([words]) => words)).size).toBe(forgedTokens.length);
    expect(forgedTokens.length).toBeGreaterThan(120);
  });

  it.each([
    ['a key id of a megabyte', (m: Material) => `${m.real.split('.')[0]}${'A'.repeat(1_000_000)}.x.y`],
    ['a token of a megabyte', (m: Material) => `${m.real}${'A'.repeat(1_000_000)}`],
    ['a token just above 16 kilobytes', (m: Material) => `${m.real}${'A'.repeat(16_384)}`],
  ])('does not even fit into the headers: %s', async (_, forge) => {
    await expectGoodTokenToEnter();
    expect(await app.request('GET', ME, { token: forge(material) })).toMatchObject({ status: 431 });
    await expectGoodTokenToEnter();
  });

  it('gets no roles from its claims: those of the database count', async () => {
    // Signed with the real key: the claims are as real as any.
    const token = resigned(material, { claims: { roles: ['administrator'] } });
    const { status, body } = await app.request('GET', ME, { token });
    expect({ status, roles: body['roles'] }).toEqual({ status: 200, roles: ['auditor'] });
  });

  it('leaves neither its text nor a stack in the log', () => {
    const text = JSON.stringify(logged);
    expect(text).toContain('a signing key does not open');
    expect(text).not.toMatch(/\\n\s+at |node_modules|eyJ/);
  });
});

describe('a good access token', () => {
  const authorization = (value: string): string => `Authorization: ${value}`;

  it.each<[string, (token: string) => string[]]>([
    ['the scheme in lower case', (token) => [authorization(`bearer ${token}`)]],
    ['the scheme in upper case', (token) => [authorization(`BEARER ${token}`)]],
    ['the header in lower case', (token) => [`authorization: Bearer ${token}`]],
    ['several blanks after the scheme', (token) => [authorization(`Bearer   ${token}`)]],
  ])('enters with %s', async (_, lines) => {
    const { status } = await requestByHand(app.url, [`GET ${ME} HTTP/1.1`, ...lines(material.real)]);
    expect(status).toBe(200);
  });

  it.each<[string, (token: string) => string[]]>([
    [
      'two headers that are both good',
      (token) => [authorization(`Bearer ${token}`), authorization(`Bearer ${token}`)],
    ],
    [
      'a good header before a bad one',
      (token) => [authorization(`Bearer ${token}`), authorization('Bearer x')],
    ],
    [
      'a good header after a bad one',
      (token) => [authorization('Bearer x'), authorization(`Bearer ${token}`)],
    ],
    ['a good header after Basic', (token) => [authorization('Basic YTpi'), authorization(`Bearer ${token}`)]],
    ['a list of tokens', (token) => [authorization(`Bearer ${token}, Bearer ${token}`)]],
    ['two tokens', (token) => [authorization(`Bearer ${token} ${token}`)]],
    ['the scheme twice', (token) => [authorization(`Bearer Bearer ${token}`)]],
    ['a blank inside', (token) => [authorization(`Bearer ${token.replace('.', '. ')}`)]],
    ['a tab after the scheme', (token) => [authorization(`Bearer\t${token}`)]],
    ['no scheme', (token) => [authorization(token)]],
    ['another scheme', (token) => [authorization(`Token ${token}`)]],
    ['Basic', (token) => [authorization(`Basic ${Buffer.from(`bearer:${token}`).toString('base64')}`)]],
    ['quotes', (token) => [authorization(`Bearer "${token}"`)]],
    ['another header', (token) => [`X-Authorization: Bearer ${token}`, `X-Access-Token: ${token}`]],
    ["a proxy's header", (token) => [`Proxy-Authorization: Bearer ${token}`]],
    ['a cookie', (token) => [`Cookie: access_token=${token}; accessToken=${token}; token=${token}`]],
  ])('does not enter in %s', async (_, lines) => {
    await expectGoodTokenToEnter();
    const { status, text } = await requestByHand(app.url, [`GET ${ME} HTTP/1.1`, ...lines(material.real)]);
    expect(status).toBe(401);
    expect(text).not.toContain('owner');
    await expectGoodTokenToEnter();
  });

  it('does not enter in the query', async () => {
    const { status } = await app.request('GET', `${ME}?access_token=${material.real}&token=${material.real}`);
    expect(status).toBe(401);
  });

  it('does not enter in a body', async () => {
    const { status } = await app.request('POST', '/api/v1/auth/logout', {
      body: { access_token: material.real, accessToken: material.real },
    });
    expect(status).toBe(401);
    await expectGoodTokenToEnter();
  });
});
