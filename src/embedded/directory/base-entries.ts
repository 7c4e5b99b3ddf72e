// The entries above everything Provost puts into the demo directory, and how we log in to it.
import { AlreadyExistsError, Client } from 'ldapts';

/** All that it takes to write to the demo directory. */
export interface DirectoryLogin {
  readonly url: string;
  readonly baseDn: string;
  readonly bindDn: string;
  readonly password: string;
}

const CONNECT_TIMEOUT_MS = 2_000;
const TIMEOUT_MS = 15_000;

/** Whether a server that knows this password answers; never rejects. */
export async function canLogIn(login: DirectoryLogin): Promise<boolean> {
  try {
    await withClient(login, async () => undefined);
    return true;
  } catch {
    return false; // Not yet listening, or another server on that port.
  }
}

/** Creates the organisation with its units for people and groups, where they are not there yet. */
export async function ensureBaseEntries(login: DirectoryLogin): Promise<void> {
  const { baseDn } = login;
  await withClient(login, async (client) => {
    await addUnlessPresent(client, baseDn, {
      objectClass: ['top', 'dcObject', 'organization'],
      dc: 'example',
      o: 'Example Organization',
    });
    for (const ou of ['people', 'groups']) {
      await addUnlessPresent(client, `ou=${ou},${baseDn}`, {
        objectClass: ['top', 'organizationalUnit'],
        ou,
      });
    }
  });
}

async function withClient(login: DirectoryLogin, use: (client: Client) => Promise<void>): Promise<void> {
  const client = new Client({ url: login.url, connectTimeout: CONNECT_TIMEOUT_MS, timeout: TIMEOUT_MS });
  try {
    await client.bind(login.bindDn, login.password);
    await use(client);
  } finally {
    await client.unbind();
  }
}

async function addUnlessPresent(
  client: Client,
  dn: string,
  attributes: Record<string, string[] | string>,
): Promise<void> {
  try {
    await client.add(dn, attributes);
  } catch (error) {
    if (!(error instanceof AlreadyExistsError)) throw error;
  }
}
