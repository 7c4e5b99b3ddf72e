// Servers that say yes too easily: an empty password, or one that is not looked at, must let nobody in.
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TestApp, type TestResponse } from '../../support/http-app.js';
import { bootGuardedApp } from '../../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';
import {
  entry,
  loggedIn,
  REQUEST,
  result,
  ScriptedDirectory,
  type Script,
  type ScriptedRequest,
} from '../../support/scripted-directory.js';
import { DSA_BASE, directoryEnv } from './directory.fixture.js';

const DN = `cn=robot,${DSA_BASE}`;
const SERVICE = 'dn:cn=provost,dc=example,dc=org';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});

afterAll(async () => {
  await database?.drop();
});

/** Takes any password of anybody, and finds one account whatever is looked for. */
const permissive =
  (identities: readonly string[] = [SERVICE, `dn:${DN}`], found: readonly string[] = [DN]): Script =>
  ({ id, tag, count }) => {
    if (tag === REQUEST.bind) return [result(id, 0x61)];
    if (tag === REQUEST.extended) return [result(id, 0x78, { value: identities[count] ?? '' })];
    if (tag !== REQUEST.search) return undefined;
    const entries = found.map((dn) =>
      entry(id, dn, { cn: ['robot'], entryUUID: ['4a4a3d2e-0000-4000-8000-000000000000'] }),
    );
    return [...entries, result(id, 0x65)];
  };

async function ask(
  script: Script,
  login: string,
  password: unknown,
): Promise<{ answer: TestResponse<Record<string, unknown>>; server: ScriptedDirectory }> {
  const server = await ScriptedDirectory.start(script);
  let app: TestApp | undefined;
  try {
    app = await bootGuardedApp({ databaseUrl: database.url, env: directoryEnv(server.url) });
    const body = { realm: 'dsa', login, password };
    return { answer: await app.request('POST', '/api/v1/auth/login', { body }), server };
  } finally {
    await app?.close();
    await server.stop();
  }
}

describe('against a server that takes any password, a login', () => {
  it('with one comes in, so that the refusals below are ours', async () => {
    const { answer, server } = await ask(permissive(), 'robot', 'anything');
    expect(answer).toMatchObject({ status: 200 });
    expect(server.requests.filter(({ tag }) => tag === REQUEST.bind)).toHaveLength(2);
  });

  it.each([
    ['an empty password', ''],
    ['blanks', '   '],
    ['blanks of other scripts', '\u00a0\u2003\ufeff\t'],
    ['NUL', '\u0000'],
    ['NUL before a password', '\u0000anything'],
    ['half of a character', 'anything\ud800'],
    ['no text', null],
  ])('with %s is refused before any server hears of it', async (_, password) => {
    const { answer, server } = await ask(permissive(), 'robot', password);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ pointer: '/password' }] } });
    expect({ connections: server.connections, requests: server.requests }).toEqual({
      connections: 0,
      requests: [],
    });
  });

  it.each([
    ['treats the connection as anonymous', [SERVICE, '']],
    ['treats it as somebody else’s', [SERVICE, 'dn:cn=other,dc=example,dc=org']],
    ['treats it as Provost’s own', [SERVICE, SERVICE]],
  ])('is refused when the server %s', async (_, identities) => {
    const { answer } = await ask(permissive(identities), 'robot', 'anything');
    expect(answer).toMatchObject({ status: 401, body: { type: '/problems/auth/credentials-refused' } });
  });

  it.each([
    ['finds two entries', [DN, `cn=robot,ou=other,${DSA_BASE}`], 'robot'],
    ['finds one that is not below the base', ['cn=robot,dc=example,dc=org'], 'robot'],
    ['finds one of another name', [DN], 'somebody'],
    ['finds one for a wildcard', [DN], '*'],
  ])('is refused when the server %s', async (_, found, login) => {
    const { answer } = await ask(permissive([SERVICE, 'u:anybody'], found), login, 'anything');
    expect(answer).toMatchObject({ status: 401 });
  });
});

describe('a server that is busy, refers elsewhere or breaks off', () => {
  it.each<[string, Script]>([
    ['busy', ({ id, tag }) => (tag === REQUEST.bind ? [result(id, 0x61, { code: 51 })] : undefined)],
    [
      'a referral',
      ({ id, tag }) =>
        tag === REQUEST.bind
          ? [result(id, 0x61, { code: 10, referral: 'ldap://192.0.2.1:389/dc=example,dc=org' })]
          : undefined,
    ],
    ['noise', ({ tag }) => (tag === REQUEST.bind ? [Buffer.from('HTTP/1.1 200 OK\r\n\r\n')] : undefined)],
    [
      'busy with the person alone',
      (request) =>
        request.tag === REQUEST.bind && request.count > 0
          ? [result(request.id, 0x61, { code: 51 })]
          : permissive()(request),
    ],
  ])('is no refusal: %s is answered 503', async (_, script) => {
    const { answer } = await ask(script, 'robot', 'anything');
    expect(answer).toMatchObject({ status: 503, body: { type: '/problems/auth/directory-unavailable' } });
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
  });
});

describe('a server that does not tell of a wrong password', () => {
  const isGuess = ({ tag, content }: ScriptedRequest): boolean =>
    tag === REQUEST.bind && content.includes('robot');
  const friendly = loggedIn(permissive());
  const ALLOWANCE = 2;

  /** What each of so many wrong logins at once is answered, then the same again, and the guesses the server saw. */
  async function guessTwice(script: Script): Promise<{ statuses: number[]; guesses: number }> {
    const server = await ScriptedDirectory.start(script);
    const ownDatabase = await createTestDatabase();
    // One more is kept for the addresses the account is known at.
    const env = {
      ...directoryEnv(server.url),
      PROVOST_AUTH_DIRECTORY_REFUSALS_COUNT: String(ALLOWANCE + 1),
    };
    const app = await bootGuardedApp({ databaseUrl: ownDatabase.url, env });
    const logIn = (): Promise<TestResponse<Record<string, unknown>>> =>
      app.request('POST', '/api/v1/auth/login', {
        body: { realm: 'dsa', login: 'robot', password: 'anything' },
      });
    try {
      const statuses: number[] = [];
      for (let round = 0; round < 2; round += 1) {
        const answers = await Promise.all(Array.from({ length: ALLOWANCE }, logIn));
        statuses.push(...answers.map(({ status }) => status));
      }
      return { statuses, guesses: server.requests.filter(isGuess).length };
    } finally {
      await app.close();
      await server.stop();
      await ownDatabase.drop();
    }
  }

  it.each<[string, Script]>([
    ['never answers', (request) => (isGuess(request) ? undefined : friendly(request))],
    ['breaks off', (request) => (isGuess(request) ? [Buffer.from('no answer')] : friendly(request))],
    [
      'is busy afterwards',
      (request) => {
        if (isGuess(request)) return [result(request.id, 0x61, { code: 49 })];
        const isOfAccount = request.tag === REQUEST.search && request.content.includes('cn=robot');
        return isOfAccount ? [result(request.id, 0x65, { code: 51 })] : friendly(request);
      },
    ],
  ])('sees no more of them than one that does, when it %s', async (_, script) => {
    expect(await guessTwice(script)).toEqual({ statuses: [503, 503, 429, 429], guesses: ALLOWANCE });
  });

  it('and never saw one keeps nobody waiting', async () => {
    const seen = await guessTwice((request) =>
      request.tag === REQUEST.search ? [result(request.id, 0x65, { code: 51 })] : friendly(request),
    );
    expect(seen).toEqual({ statuses: [503, 503, 503, 503], guesses: 0 });
  });
});
