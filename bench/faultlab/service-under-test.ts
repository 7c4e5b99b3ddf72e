// What stands before the first fault: an administrator, a directory to provision, a mapping and a role that gives accounts.
import { SLAPD_BASE, SLAPD_BIND_DN, SLAPD_PASSWORD } from '../../test/support/slapd.js';
import { HttpLoad } from '../harness/http-load.js';
import { startProvost } from '../harness/provost.js';
import type { ScratchDatabase } from '../harness/scratch-database.js';

export const ROLE_CODE = 'employee';

const MAPPING = {
  entityType: 'identity',
  objectClass: 'inetOrgPerson',
  identifierExpression: `rdn('uid', identity.login) + ',${SLAPD_BASE}'`,
  // No correlation attribute: what a lost answer left behind must be known again by what was about to be sent.
  attributes: [
    { attribute: 'uid', expression: 'identity.login' },
    { attribute: 'cn', expression: "identity.givenName + ' ' + identity.surname" },
    { attribute: 'sn', expression: 'identity.surname' },
    { attribute: 'title', expression: 'identity.title' },
    { attribute: 'mail', expression: 'identity.email', isMultivalued: true },
  ],
};

/** Gives the id of the role. @param directoryPort where the nodes will find the directory */
export async function prepareService(
  database: ScratchDatabase,
  env: Readonly<Record<string, string>>,
  directoryPort: number,
): Promise<string> {
  const { process, url, accessToken } = await startProvost(database, { env });
  const client = new HttpLoad(1);
  const send = async (method: string, path: string, body?: unknown): Promise<string> => {
    const answer = await client.send({
      url: `${url}/api/v1/${path}`,
      method,
      headers: { authorization: `Bearer ${accessToken}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
    return answer.body === '' ? '' : String((JSON.parse(answer.body) as { id?: unknown }).id);
  };
  try {
    const system = await send('POST', 'systems', {
      name: 'Directory',
      connector: 'ldap',
      config: { url: `ldap://127.0.0.1:${directoryPort}`, bindDn: SLAPD_BIND_DN, baseDn: SLAPD_BASE },
      secrets: { password: SLAPD_PASSWORD },
    });
    const mapping = await send('POST', `systems/${system}/mappings`, MAPPING);
    const role = await send('POST', 'roles', { code: ROLE_CODE, name: 'Employee' });
    await send('PUT', `roles/${role}/mappings/${mapping}`);
    return role;
  } finally {
    client.close();
    await process.stop();
  }
}
