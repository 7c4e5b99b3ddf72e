import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { SigningKeys } from '../../../src/auth/signing-keys.js';
import { VerifiedTokens } from '../../../src/auth/verified-tokens.js';
import { Clock, systemClock } from '../../../src/platform/clock/index.js';
import { Database } from '../../../src/platform/database/index.js';
import type { TestApp } from '../../support/http-app.js';
import { addLoggedIn, addOperator, bootGuardedApp, PASSWORD } from '../../support/operators.js';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.js';

/** Durations pass as they do; what time it is, a spec says. */
class MovableClock extends Clock {
  aheadMs = 0;

  now(): Date {
    return new Date(systemClock.now().getTime() + this.aheadMs);
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }
}

const clock = new MovableClock();
let database: TestDatabase;
let node: TestApp;

beforeAll(async () => {
  database = await createTestDatabase();
  node = await bootGuardedApp({ databaseUrl: database.url, clock });
}, 30_000);

afterAll(async () => {
  await node?.close();
  await database?.drop();
});

afterEach(() => {
  clock.aheadMs = 0;
});

let count = 0;

/** A token that has been let in, so that it is known. */
async function knownToken(): Promise<string> {
  count += 1;
  const { accessToken } = await addLoggedIn(node, `somebody-${count}`, 'auditor');
  expect(await statusOf(accessToken)).toBe(200);
  expect(await claimsOf(accessToken)).toBeDefined();
  return accessToken;
}

const sql = (text: string): Promise<unknown> => node.app.get(Database).query(text);
const statusOf = async (token: string): Promise<number> =>
  (await node.request('GET', '/api/v1/auth/me', { token })).status;
const claimsOf = (token: string): Promise<unknown> => node.app.get(VerifiedTokens).claimsOf(token);

describe('a token that was let in', () => {
  it('is not known before it was, nor when it is refused because its session has ended', async () => {
    await addOperator(node, 'newcomer', 'auditor');
    const { body } = await node.request('POST', '/api/v1/auth/login', {
      body: { login: 'newcomer', password: PASSWORD },
    });
    const token = String(body['accessToken']);
    expect(await claimsOf(token)).toBeUndefined();
    await sql("update auth_sessions set ended_at = now(), end_reason = 'logout'");
    expect(await statusOf(token)).toBe(401);
    expect(await claimsOf(token)).toBeUndefined();
  });

  it('is no longer known at the second in which it expires', async () => {
    const token = await knownToken();
    const { exp } = (await claimsOf(token)) as { exp: number };
    clock.aheadMs = exp * 1_000 - systemClock.now().getTime();
    expect(await claimsOf(token)).toBeUndefined();
  });

  it('vouches for no other text, not even for one that differs in a bit of its signature or in what follows it', async () => {
    const token = await knownToken();
    const last = token.endsWith('A') ? 'Q' : 'A';
    for (const other of [token.slice(0, -1) + last, `${token}A`, token.slice(0, -1), token.toUpperCase()]) {
      expect(await claimsOf(other)).toBeUndefined();
      expect(await statusOf(other)).toBe(401);
    }
    expect(await statusOf(token)).toBe(200);
  });

  it('is refused, and not known any more, once its key is gone', async () => {
    const token = await knownToken();
    await sql(
      `update auth_signing_keys
       set is_active = false, retired_at = now() - interval '2 hours', accepted_until = now() - interval '1 hour'`,
    );
    await node.app.get(SigningKeys).refresh(0);
    expect(await statusOf(token)).toBe(401);
    expect(await claimsOf(token)).toBeUndefined();
    await sql('update auth_signing_keys set is_active = true, retired_at = null, accepted_until = null');
    await node.app.get(SigningKeys).refresh(0);
  });

  it('is refused at once when its session ended here', async () => {
    const token = await knownToken();
    expect((await node.request('POST', '/api/v1/auth/logout', { token })).status).toBe(204);
    expect(await statusOf(token)).toBe(401);
  });
});
