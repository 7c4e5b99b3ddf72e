// The proxy of the fault laboratory does to a real write what its fate says, and tells truly what became of it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'ldapts';
import { LdapFaultProxy } from '../../../bench/faultlab/ldap-fault-proxy.js';
import type { WriteFate } from '../../../bench/faultlab/write-fate.js';
import { type LdapServer, startLdapServer } from '../../../src/embedded/directory/index.js';

const BASE = 'dc=example,dc=org';
const ADMIN = `cn=admin,${BASE}`;
const PASSWORD = 'directory-password';

describe('the fault proxy', () => {
  const folder = mkdtempSync(join(tmpdir(), 'provost-faultlab-proxy-'));
  const closing: (() => Promise<unknown> | void)[] = [];
  let server: LdapServer;
  let fate: WriteFate;
  let proxy: LdapFaultProxy;
  let client: Client;
  let last = 0;

  beforeAll(async () => {
    server = await startLdapServer({
      dataDirectory: folder,
      port: 0,
      baseDn: BASE,
      adminDn: ADMIN,
      password: PASSWORD,
      durable: false,
    });
    await directly((direct) =>
      direct.add(BASE, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' }),
    );
  });

  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true });
  });

  async function setup(next: WriteFate): Promise<void> {
    fate = next;
    proxy = await LdapFaultProxy.start({ port: server.port, drawFate: () => fate, ownerOf: () => 41 });
    client = new Client({ url: `ldap://127.0.0.1:${proxy.port}` });
    closing.push(
      () => proxy.stop(),
      () => client.unbind().catch(() => undefined),
    );
    await client.bind(ADMIN, PASSWORD);
  }

  async function directly<Result>(work: (direct: Client) => Promise<Result>): Promise<Result> {
    const direct = new Client({ url: `ldap://127.0.0.1:${server.port}` });
    try {
      await direct.bind(ADMIN, PASSWORD);
      return await work(direct);
    } finally {
      await direct.unbind();
    }
  }

  function addOne(): { readonly dn: string; readonly added: Promise<void> } {
    last += 1;
    const dn = `ou=unit-${last},${BASE}`;
    return { dn, added: client.add(dn, { objectClass: 'organizationalUnit', ou: `unit-${last}` }) };
  }

  async function isThere(dn: string): Promise<boolean> {
    const { searchEntries } = await directly((direct) =>
      direct.search(BASE, { filter: `(ou=unit-${last})` }),
    );
    return searchEntries.some((entry) => entry.dn === dn);
  }

  it.each<WriteFate>([
    { kind: 'passed' },
    { kind: 'delayed', milliseconds: 5, what: 'request' },
    { kind: 'delayed', milliseconds: 5, what: 'reply' },
  ])('lets a write through: %j', async (next) => {
    await setup(next);
    const { dn, added } = addOne();
    await added;
    expect(await isThere(dn)).toBe(true);
    expect(proxy.writes).toMatchObject([
      { kind: 'add', dn, pid: 41, fate: next.kind, isForwarded: true, result: 0 },
    ]);
    const [write] = proxy.writes;
    expect(write?.endedAt).toBeGreaterThanOrEqual(write?.seenAt ?? Infinity);
  });

  it('loses a request: the server never sees it', async () => {
    await setup({ kind: 'request-lost' });
    const { dn, added } = addOne();
    await expect(added).rejects.toThrow();
    expect(await isThere(dn)).toBe(false);
    expect(proxy.writes).toMatchObject([{ fate: 'request-lost', isForwarded: false, result: undefined }]);
  });

  it('loses a reply: the server has done it, and the client does not know', async () => {
    await setup({ kind: 'reply-lost' });
    const { dn, added } = addOne();
    await expect(added).rejects.toThrow();
    expect(await isThere(dn)).toBe(true);
    expect(proxy.writes).toMatchObject([{ fate: 'reply-lost', isForwarded: true, result: 0 }]);
  });

  it('hangs a connection: the server has done it, and the client hears nothing', async () => {
    await setup({ kind: 'hung' });
    const { dn, added } = addOne();
    const outcome = added.then(
      () => 'answered',
      () => 'cut',
    );
    while (proxy.writes[0]?.result !== 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await isThere(dn)).toBe(true);
    await proxy.stop();
    expect(await outcome).toBe('cut');
  });

  it('tells who waits for a write that it was seen, and that it was answered', async () => {
    await setup({ kind: 'passed' });
    const { signal } = new AbortController();
    const seen = proxy.next('seen', signal);
    const answered = proxy.next('answered', signal);
    const { dn, added } = addOne();
    expect(await seen).toMatchObject({ dn, result: undefined });
    expect(await answered).toMatchObject({ dn, result: 0 });
    await added;
    await expect(proxy.next('seen', AbortSignal.abort())).rejects.toThrow();
  });

  it('leaves every write alone once it is calm', async () => {
    await setup({ kind: 'request-lost' });
    proxy.calm();
    const { added } = addOne();
    await added;
    expect(proxy.writes).toMatchObject([{ fate: 'passed', result: 0 }]);
  });
});
