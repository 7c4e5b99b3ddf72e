// Operators to guess at: some who may log in, some who may not.
import { HttpLoad } from '../harness/http-load.js';
import { PASSWORD, type Provost } from '../harness/provost.js';

const EACH = 10;

export interface Accounts {
  readonly enabled: readonly string[];
  readonly disabled: readonly string[];
}

export async function makeAccounts(provost: Provost): Promise<Accounts> {
  const load = new HttpLoad(1);
  const send = async (method: string, path: string, body: unknown): Promise<{ id: string }> => {
    const answer = await load.send({
      url: `${provost.url}${path}`,
      method,
      headers: { authorization: `Bearer ${provost.accessToken}` },
      body: JSON.stringify(body),
    });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
    return JSON.parse(answer.body) as { id: string };
  };
  const add = async (login: string): Promise<string> => {
    const request = { login, displayName: login, password: PASSWORD, roles: ['operator'] };
    return (await send('POST', '/api/v1/operators', request)).id;
  };
  try {
    const names = Array.from({ length: EACH }, (_, index) => index);
    const enabled = names.map((index) => `enabled-${index}`);
    const disabled = names.map((index) => `disabled-${index}`);
    for (const login of enabled) await add(login);
    for (const login of disabled)
      await send('PATCH', `/api/v1/operators/${await add(login)}`, { isDisabled: true });
    return { enabled, disabled };
  } finally {
    load.close();
  }
}
