// Provost as a measured process on a database of its own, with an administrator who is logged in.
import { randomBytes } from 'node:crypto';
import { HttpLoad } from './http-load.js';
import { MeasuredProcess } from './measured-process.js';
import type { ScratchDatabase } from './scratch-database.js';

export const LOGIN = 'bench';
export const PASSWORD = 'a password for the benchmark only';

/** No benchmark is about the limits: each has its place as often as it asks. */
const NO_LIMITS = Object.fromEntries(
  ['PAIR', 'ACCOUNT', 'ADDRESS', 'ALL', 'DIRECTORY'].map((whose) => [
    `PROVOST_AUTH_${whose}_REFUSALS_COUNT`,
    '1000000',
  ]),
);

export interface Provost {
  readonly process: MeasuredProcess;
  readonly url: string;
  readonly accessToken: string;
}

export async function startProvost(
  database: ScratchDatabase,
  {
    env = {},
    profile,
  }: { readonly env?: Readonly<Record<string, string>>; readonly profile?: string | undefined } = {},
): Promise<Provost> {
  const process = MeasuredProcess.start(
    new URL('provost.child.ts', import.meta.url),
    {
      PORT: '0',
      // The worker and the scheduler of another process: nothing happens here but what is asked for.
      PROVOST_ROLES: 'api',
      DATABASE_URL: database.servingUrl,
      PROVOST_DATA: `${database.folder}/service`,
      PROVOST_SECRETS_KEY: randomBytes(32).toString('base64'),
      ...NO_LIMITS,
      ...env,
    },
    profile,
  );
  try {
    const { url, setupToken } = await process.ask<{ url: string; setupToken: string | null }>('started');
    return { process, url, accessToken: await makeAdministrator(url, setupToken ?? '') };
  } catch (error) {
    await process.stop();
    throw error;
  }
}

async function makeAdministrator(url: string, token: string): Promise<string> {
  const client = new HttpLoad(1);
  const post = async (path: string, body: unknown): Promise<Record<string, unknown>> => {
    const answer = await client.send({ url: `${url}${path}`, method: 'POST', body: JSON.stringify(body) });
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body) as Record<string, unknown>;
  };
  try {
    await post('/api/v1/auth/setup', { token, login: LOGIN, password: PASSWORD });
    const { accessToken } = await post('/api/v1/auth/login', { login: LOGIN, password: PASSWORD });
    return String(accessToken);
  } finally {
    client.close();
  }
}
