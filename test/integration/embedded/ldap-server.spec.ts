import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { Attribute, Change, Client, DN, EqualityFilter, PresenceFilter } from 'ldapts';
import { startLdapServer } from '../../../src/embedded/directory/index.js';
import type { LdapServer } from '../../../src/embedded/directory/index.js';
import { bindRequest, openRaw } from '../../contracts/ldap-server.raw.js';

const BASE = 'dc=example,dc=org';
const NAMES = { baseDn: BASE, adminDn: `cn=admin,${BASE}`, password: 'secret' };

jest.setTimeout(30_000);

describe('the built-in LDAP server', () => {
  let dataDirectory: string;
  let journal: string;
  let messages: string[];
  let servers: LdapServer[];
  let clients: Client[];

  beforeEach(() => {
    dataDirectory = mkdtempSync(join(tmpdir(), 'provost-ldap-'));
    journal = join(dataDirectory, 'journal.jsonl');
    messages = [];
    servers = [];
    clients = [];
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.unbind()));
    for (const server of servers) await server.stop();
    rmSync(dataDirectory, { recursive: true });
  });

  async function start(port = 0): Promise<LdapServer> {
    const log = (message: string): void => void messages.push(message);
    const server = await startLdapServer({ ...NAMES, dataDirectory, port, log });
    servers.push(server);
    return server;
  }

  async function stop(server: LdapServer): Promise<void> {
    servers = servers.filter((other) => other !== server);
    await server.stop();
  }

  async function logIn({ url }: LdapServer): Promise<Client> {
    const client = new Client({ url, timeout: 10_000 });
    clients.push(client);
    await client.bind(NAMES.adminDn, NAMES.password);
    return client;
  }

  async function addBase(client: Client): Promise<void> {
    await client.add(BASE, { objectClass: ['dcObject', 'organization'], dc: 'example', o: 'Example' });
  }

  async function everything(client: Client): Promise<unknown[]> {
    const options = { attributes: ['*', '+'], explicitBufferAttributes: ['jpegPhoto'] };
    return (await client.search(BASE, options)).searchEntries;
  }

  describe('its journal', () => {
    /** A tree with a history: added, changed, renamed, moved, deleted. */
    async function write(client: Client): Promise<void> {
      await addBase(client);
      for (const ou of ['a', 'b'])
        await client.add(`ou=${ou},${BASE}`, { objectClass: 'organizationalUnit', ou });
      await client.add(`cn=\\, \u2028\u2029,ou=a,${BASE}`, {
        objectClass: 'inetOrgPerson',
        sn: 'x',
        displayName: '\u2028',
        description: ['one', 'two'],
      });
      await client.modifyDN(`ou=a,${BASE}`, `ou=c,ou=b,${BASE}`);
      await client.add(`uid=gone,${BASE}`, { objectClass: 'inetOrgPerson', cn: 'x', sn: 'x' });
      await client.del(`uid=gone,${BASE}`);
    }

    it('brings the same tree back, also when it has been made compact', async () => {
      const first = await start();
      const client = await logIn(first);
      await write(client);
      const before = await everything(client);
      await stop(first);
      const lines = readFileSync(journal, 'utf8').split('\n').length;
      for (let round = 0; round < 2; round += 1) {
        const again = await start(first.port);
        expect(await everything(await logIn(again))).toEqual(before);
        await stop(again);
      }
      expect(readFileSync(journal, 'utf8').split('\n').length).toBe(lines - 3);
    });

    it('drops a last line that was not finished, says so, and goes on', async () => {
      const first = await start();
      await addBase(await logIn(first));
      await stop(first);
      appendFileSync(journal, '{"put":"0d2f3b2e-');
      const second = await start();
      expect(messages).toEqual([expect.stringMatching(/^Dropped the last line of .*journal\.jsonl/)]);
      const client = await logIn(second);
      await client.add(`ou=after,${BASE}`, { objectClass: 'organizationalUnit', ou: 'after' });
      await stop(second);
      expect(await everything(await logIn(await start()))).toHaveLength(2);
      expect(messages).toHaveLength(1);
    });

    it('refuses to start, naming the line, when it is damaged before its end', async () => {
      const first = await start();
      await write(await logIn(first));
      await stop(first);
      const lines = readFileSync(journal, 'utf8').split('\n');
      writeFileSync(journal, lines.with(2, '{"put":').join('\n'));
      await expect(start()).rejects.toThrow(/journal\.jsonl is damaged at line 3/);
      writeFileSync(journal, lines.with(0, '{"remove":"0d2f3b2e-0000-4000-8000-000000000000"}').join('\n'));
      await expect(start()).rejects.toThrow(/journal\.jsonl is damaged at line 1: it refers to the entry/);
    });

    it('is readable by its owner only', async () => {
      await start();
      expect(statSync(journal).mode & 0o777).toBe(0o600);
    });
  });

  describe('stopping', () => {
    it('cuts clients off, gives the port free, and starts again on the same data', async () => {
      const first = await start();
      const client = await logIn(first);
      await addBase(client);
      await stop(first);
      await expect(openRaw(first.url)).rejects.toMatchObject({ code: 'ECONNREFUSED' });
      const second = await start(first.port);
      expect(second.port).toBe(first.port);
      expect(await everything(await logIn(second))).toHaveLength(1);
    });

    it('keeps what it has answered when it is stopped in the middle of writes', async () => {
      const first = await start();
      const client = await logIn(first);
      await addBase(client);
      const answered: string[] = [];
      const halfWay = signal();
      const adds = Array.from({ length: 400 }, async (_, index) => {
        const dn = `uid=p${index},${BASE}`;
        await client.add(dn, { objectClass: 'inetOrgPerson', cn: 'x', sn: 'x' });
        if (answered.push(dn) === 100) halfWay.resolve();
      });
      await halfWay.promise;
      await stop(first);
      await Promise.allSettled(adds);
      expect(messages).toEqual([]);
      const { searchEntries } = await (await logIn(await start())).search(BASE, { attributes: ['1.1'] });
      const found = new Set(searchEntries.map(({ dn }) => dn));
      expect(answered.filter((dn) => !found.has(dn))).toEqual([]);
    });

    it('rejects a start on a port that is taken, and can start on another', async () => {
      const first = await start();
      await expect(start(first.port)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    });

    it('rejects a base that is no name', async () => {
      await expect(
        startLdapServer({ ...NAMES, dataDirectory, port: 0, baseDn: 'example.org' }),
      ).rejects.toThrow('example.org is not a distinguished name');
    });
  });

  describe('what is not LDAP', () => {
    const bind = bindRequest(1, NAMES.adminDn, NAMES.password);

    /** Nested filters: each level is one more element of two bytes' header. */
    function nested(depth: number): Buffer {
      let filter: Buffer = Buffer.from([0x87, 0x01, 0x78]);
      for (let level = 0; level < depth; level += 1) filter = wrap(0xa2, filter);
      const fields = Buffer.concat([
        Buffer.from([0x04, 0, 0x0a, 1, 0, 0x0a, 1, 0, 0x02, 1, 0, 0x02, 1, 0, 0x01, 1, 0]),
        filter,
        Buffer.from([0x30, 0]),
      ]);
      return wrap(0x30, Buffer.concat([Buffer.from([0x02, 1, 7]), wrap(0x63, fields)]));
    }

    it.each<[string, Uint8Array]>([
      ['text', Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')],
      ['a length of one gigabyte', Buffer.from([0x30, 0x84, 0x40, 0x00, 0x00, 0x00, 0x02, 0x01])],
      ['a length of eight bytes', Buffer.from([0x30, 0x88, 0, 0, 0, 0, 0, 0, 0, 1])],
      ['an indefinite length', Buffer.from([0x30, 0x80, 0x02, 0x01, 0x01, 0, 0])],
      ['an empty message', Buffer.from([0x30, 0x00])],
      ['an unknown operation', Buffer.from([0x30, 0x05, 0x02, 0x01, 0x01, 0x7f, 0x00])],
      ['an element longer than its message', Buffer.from([0x30, 0x05, 0x02, 0x01, 0x01, 0x60, 0x7f])],
      ['a filter nested ten thousand deep', nested(10_000)],
      ['a name that is no UTF-8', Buffer.from([0x30, 0x0c, 2, 1, 1, 0x60, 7, 2, 1, 3, 4, 1, 0xff, 0x80, 0])],
    ])('is answered with a notice of disconnection: %s', async (_, bytes) => {
      const server = await start();
      const raw = await openRaw(server.url);
      raw.send(bind);
      expect(await raw.next()).toMatchObject({ id: 1, code: 0 });
      raw.send(bytes);
      expect(await raw.next()).toMatchObject({ id: 0, tag: 0x78, code: 2 });
      expect(await raw.next()).toBeUndefined();
      await logIn(server);
    });

    it('is not waited for longer than the client stays', async () => {
      const server = await start();
      const raw = await openRaw(server.url);
      raw.send(bind.subarray(0, 5));
      raw.socket.end();
      expect(await raw.next()).toBeUndefined();
      await logIn(server);
    });

    it('never stops the server, whatever the bytes', async () => {
      const server = await start();
      const garbage = fc.oneof(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        // A message of the right length around anything.
        fc.uint8Array({ minLength: 0, maxLength: 100 }).map((content) => wrap(0x30, Buffer.from(content))),
        // A request with one byte changed.
        fc.tuple(fc.nat(bind.length - 1), fc.integer({ min: 0, max: 255 })).map(([at, byte]) => {
          const changed = Buffer.from(bind);
          changed[at] = byte;
          return changed;
        }),
      );
      await fc.assert(
        fc.asyncProperty(garbage, async (bytes) => {
          const raw = await openRaw(server.url);
          raw.send(bytes);
          raw.socket.end();
          while ((await raw.next()) !== undefined);
        }),
        { numRuns: 300 },
      );
      expect(await codeOfBind(server)).toBe(0);
      expect(messages).toEqual([]);
    });

    it('does not cost an anonymous client’s megabytes of memory', async () => {
      const server = await start();
      const raw = await openRaw(server.url);
      // 1 MiB announced before any login.
      raw.send(Buffer.from([0x30, 0x83, 0x10, 0x00, 0x00]));
      expect(await raw.next()).toMatchObject({ id: 0, code: 2, message: expect.stringContaining('262144') });
      raw.close();
    });

    async function codeOfBind({ url }: LdapServer): Promise<number | undefined> {
      const raw = await openRaw(url);
      raw.send(bind);
      const response = await raw.next();
      raw.close();
      return response?.code;
    }
  });

  it('answers requests that arrive in pieces, and many that arrive in one', async () => {
    const server = await start();
    const raw = await openRaw(server.url);
    const bytes = Buffer.concat([1, 2, 3].map((id) => bindRequest(id, NAMES.adminDn, NAMES.password)));
    for (const byte of bytes.subarray(0, 40)) {
      await new Promise((written) => raw.socket.write(Buffer.of(byte), written));
    }
    raw.send(bytes.subarray(40));
    expect([await raw.next(), await raw.next(), await raw.next()]).toMatchObject([
      { id: 1 },
      { id: 2 },
      { id: 3 },
    ]);
    raw.close();
  });

  it('keeps a group of three thousand members, and its comings and goings', async () => {
    const client = await logIn(await start());
    await addBase(client);
    const members = Array.from({ length: 3000 }, (_, index) => `uid=p${index},${BASE}`);
    const group = `cn=group,${BASE}`;
    await client.add(group, { objectClass: 'groupOfNames', cn: 'group', member: members });
    const change = (operation: 'add' | 'delete', dn: string): Change =>
      new Change({ operation, modification: new Attribute({ type: 'member', values: [dn] }) });
    await client.modify(group, [change('add', `uid=new,${BASE}`), change('delete', `UID=P7,${BASE}`)]);
    const counts = async (dn: string): Promise<number> =>
      (await client.search(BASE, { filter: new EqualityFilter({ attribute: 'member', value: dn }) }))
        .searchEntries.length;
    expect([
      await counts(`uid=new,${BASE}`),
      await counts(`uid=p7,${BASE}`),
      await counts(`uid=P8, ${BASE}`),
    ]).toEqual([1, 0, 1]);
  });

  it('finds an entry by exactly the value it was given, whatever the text', async () => {
    const client = await logIn(await start());
    await addBase(client);
    const text = fc
      .oneof(
        fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
        fc.string({ unit: 'grapheme', minLength: 1 }),
      )
      .filter((value) => !value.includes('\0'));
    await fc.assert(
      fc.asyncProperty(text, async (value) => {
        const dn = `${new DN().addPairRDN('cn', value).toString()},${BASE}`;
        await client.add(dn, { objectClass: 'person', cn: value, sn: 'x' });
        const { searchEntries } = await client.search(BASE, {
          filter: new EqualityFilter({ attribute: 'cn', value }),
        });
        const longer = new EqualityFilter({ attribute: 'cn', value: `${value}x` });
        const others = await client.search(BASE, { filter: longer });
        await client.del(searchEntries[0]?.dn ?? dn);
        const left = await client.search(BASE, {
          scope: 'one',
          filter: new PresenceFilter({ attribute: 'cn' }),
        });
        expect(searchEntries.map(({ cn }) => cn)).toEqual([value]);
        expect(others.searchEntries).toEqual([]);
        expect(left.searchEntries).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});

function signal(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

function wrap(tag: number, content: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([Buffer.of(tag, 0x84), length, content]);
}
