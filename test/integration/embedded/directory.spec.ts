import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Entry } from 'ldapts';
import { usualPlaces } from '../../../src/embedded/directory/index.js';
import type { DemoDirectory } from '../../../src/embedded/directory/index.js';
import { hasArgument, isAlive, readPid } from '../../../src/embedded/process/index.js';
import { exerciseLdapServer } from '../../contracts/ldap-server.contract.js';
import { skipped } from '../../support/skipped.js';
import { crash, openFixture, slapdAbsence } from './directory.fixture.js';
import type { DirectoryFixture } from './directory.fixture.js';

const itWithSlapd = slapdAbsence === undefined ? it : skipped(slapdAbsence);
const kinds = ['built-in', 'slapd'] as const;
const NOBODY = 65_534;

jest.setTimeout(30_000);

for (const kind of kinds) {
  const canRun = kind === 'built-in' || slapdAbsence === undefined;
  if (!canRun) process.stderr.write(`SKIPPED an LDAP server: ${kind}: ${slapdAbsence}\n`);
  exerciseLdapServer(
    kind,
    async () => {
      const fixture = openFixture();
      const directory = await fixture.start({ prefer: kind, durable: false });
      expect(directory.kind).toBe(kind);
      return { ...directory, stop: () => fixture.close() };
    },
    canRun ? describe : describe.skip,
  );
}

describe('the demo directory', () => {
  let fixture: DirectoryFixture;
  const nowhere = { commands: [], schemas: [], modules: [] };

  beforeEach(() => {
    fixture = openFixture();
  });

  afterEach(() => fixture.close());

  async function entriesOf(directory: Omit<DemoDirectory, 'stop'>): Promise<Entry[]> {
    const client = await fixture.logIn(directory);
    const { searchEntries } = await client.search(directory.baseDn, { attributes: ['*', '+'] });
    return searchEntries.toSorted((a, b) => a.dn.localeCompare(b.dn));
  }

  for (const kind of kinds) {
    const itHere = kind === 'slapd' ? itWithSlapd : it;

    itHere(`${kind}: begins with an organisation and its units`, async () => {
      const directory = await fixture.start({ prefer: kind });
      expect(directory).toMatchObject({
        kind,
        baseDn: 'dc=example,dc=org',
        bindDn: 'cn=admin,dc=example,dc=org',
      });
      expect(await entriesOf(directory)).toMatchObject([
        { dn: 'dc=example,dc=org', objectClass: ['top', 'dcObject', 'organization'], dc: 'example' },
        { dn: 'ou=groups,dc=example,dc=org', objectClass: ['top', 'organizationalUnit'], ou: 'groups' },
        { dn: 'ou=people,dc=example,dc=org', objectClass: ['top', 'organizationalUnit'], ou: 'people' },
      ]);
    });

    itHere(
      `${kind}: a second start finds the same tree at the same port with the same password`,
      async () => {
        const first = await fixture.start({ prefer: kind });
        const client = await fixture.logIn(first);
        await client.add('uid=ada,ou=people,dc=example,dc=org', {
          objectClass: 'inetOrgPerson',
          cn: 'Žofie\u2028',
          sn: 'x',
        });
        const before = await entriesOf(first);
        await first.stop();
        const { stop: _, ...second } = await fixture.start();
        expect(second).toEqual({
          kind,
          url: first.url,
          baseDn: first.baseDn,
          bindDn: first.bindDn,
          password: first.password,
          passwordFile: first.passwordFile,
        });
        expect(await entriesOf(second)).toEqual(before);
      },
    );

    itHere(`${kind}: takes another port when its own is taken`, async () => {
      const first = await fixture.start({ prefer: kind });
      await first.stop();
      const other = openFixture();
      // The other directory is told the port by the state of the first one.
      writeFileSync(
        join(other.dataDirectory, 'state.json'),
        readFileSync(join(fixture.dataDirectory, 'state.json')),
      );
      const squatter = await other.start();
      expect(squatter.url).toBe(first.url);
      const second = await fixture.start();
      expect(second.url).not.toBe(first.url);
      expect(await entriesOf(second)).toHaveLength(3);
      await other.close();
    });

    itHere(`${kind}: keeps its password to itself`, async () => {
      const { password, kind: started } = await fixture.start({ prefer: kind });
      expect(started).toBe(kind);
      expect(password).toMatch(/^[\w-]{32}$/);
      expect(readFileSync(join(fixture.dataDirectory, 'password'), 'utf8')).toBe(password);
      expect(statSync(join(fixture.dataDirectory, 'password')).mode & 0o777).toBe(0o600);
      expect(fixture.messages.join('\n')).not.toContain(password);
      const config = join(fixture.dataDirectory, 'slapd', 'slapd.conf');
      if (kind === 'slapd') {
        expect(readFileSync(config, 'utf8')).not.toContain(password);
        expect(statSync(config).mode & 0o777).toBe(0o600);
      }
    });

    itHere(`${kind}: refuses a data directory that is in use`, async () => {
      await fixture.start({ prefer: kind });
      await expect(fixture.start({ prefer: kind })).rejects.toThrow(/in use by process/);
    });

    itHere(`${kind}: gives its port free when it stops`, async () => {
      const directory = await fixture.start({ prefer: kind });
      await directory.stop();
      const socket = connect(Number(new URL(directory.url).port), '127.0.0.1');
      await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    });

    itHere(`${kind}: works in a folder whose name has spaces, quotes and other scripts`, async () => {
      const dataDirectory = join(fixture.dataDirectory, `da ta "x" 'y' \\ #ž`);
      const directory = await fixture.start({ prefer: kind, dataDirectory });
      expect(directory.kind).toBe(kind);
      expect(await entriesOf(directory)).toHaveLength(3);
    });

    const itAsOther = process.getuid?.() === 0 ? itHere : skipped('only root can become another user');

    itAsOther(`${kind}: works for a plain user`, async () => {
      const dataDirectory = join(fixture.dataDirectory, 'plain');
      chmodSync(fixture.dataDirectory, 0o711);
      mkdirSync(dataDirectory);
      chownSync(dataDirectory, NOBODY, NOBODY);
      const account = { uid: NOBODY, gid: NOBODY };
      const { child, directory } = await fixture.startElsewhere({ prefer: kind, dataDirectory }, account);
      expect(directory.kind).toBe(kind);
      expect(statSync(join(dataDirectory, 'password')).uid).toBe(NOBODY);
      expect(await entriesOf(directory)).toHaveLength(3);
      const exited = once(child, 'exit');
      child.disconnect();
      expect(await exited).toEqual([0, null]);
    });

    itHere(`${kind}: loses no answered write when the service is killed`, async () => {
      const { child, directory } = await fixture.startElsewhere({ prefer: kind });
      const client = await fixture.logIn(directory);
      const exited = once(child, 'exit');
      const answered: string[] = [];
      const adds = Array.from({ length: 150 }, async (_, index) => {
        const dn = `uid=p${index},ou=people,dc=example,dc=org`;
        await client.add(dn, { objectClass: 'inetOrgPerson', cn: `${index}`, sn: 'x' });
        answered.push(dn);
        // In the middle of the others, which are on their way; slapd lives on as an orphan.
        if (answered.length === 50) child.kill('SIGKILL');
      });
      await Promise.allSettled(adds);
      await exited;
      const again = await fixture.start();
      const found = new Set((await entriesOf(again)).map(({ dn }) => dn));
      expect(answered.length).toBeGreaterThanOrEqual(50);
      expect(answered.filter((dn) => !found.has(dn))).toEqual([]);
      expect(again.url).toBe(directory.url);
    });
  }

  itWithSlapd('ends a slapd that a killed service left behind, and goes on with its data', async () => {
    const { child, directory } = await fixture.startElsewhere({ prefer: 'slapd' });
    const client = await fixture.logIn(directory);
    await client.add('uid=ada,ou=people,dc=example,dc=org', {
      objectClass: 'inetOrgPerson',
      cn: 'a',
      sn: 'x',
    });
    const orphan = readPid(join(fixture.dataDirectory, 'slapd', 'slapd.pid')) ?? 0;
    await crash(child);
    expect(isAlive(orphan)).toBe(true);
    const again = await fixture.start();
    expect(isAlive(orphan)).toBe(false);
    expect(again).toMatchObject({ kind: 'slapd', url: directory.url });
    expect(await entriesOf(again)).toHaveLength(4);
    expect(fixture.messages.join('\n')).toContain(`left behind (process ${orphan})`);
  });

  itWithSlapd('leaves a foreign process alone whose number stands in the pid file', async () => {
    await (await fixture.start({ prefer: 'slapd' })).stop();
    writeFileSync(join(fixture.dataDirectory, 'slapd', 'slapd.pid'), `${process.pid}\n`);
    expect(await fixture.start()).toMatchObject({ kind: 'slapd' });
  });

  itWithSlapd('says so when slapd ends by itself', async () => {
    let tell: (message: string) => void = () => undefined;
    const told = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const log = (message: string): void => {
      if (message.includes('ended by itself')) tell(message);
    };
    await fixture.start({ prefer: 'slapd', log });
    const pid = readPid(join(fixture.dataDirectory, 'slapd', 'slapd.pid')) ?? 0;
    expect(hasArgument(pid, join(fixture.dataDirectory, 'slapd', 'slapd.conf'))).toBe(true);
    process.kill(pid, 'SIGKILL');
    expect(await told).toContain(join(fixture.dataDirectory, 'slapd', 'output.log'));
  });

  it('uses the built-in server where slapd is not installed, and says so', async () => {
    expect(await fixture.start({ places: nowhere })).toMatchObject({ kind: 'built-in' });
    expect(fixture.messages[0]).toBe(
      'No slapd for the demo directory: slapd is not installed. The built-in LDAP server is used instead.',
    );
  });

  it('uses the built-in server where slapd does not start, and says why', async () => {
    const folder = join(fixture.dataDirectory, 'bin');
    mkdirSync(folder);
    writeFileSync(join(folder, 'slapd'), '#!/bin/sh\necho "no permission, says the profile" >&2\nexit 1\n');
    chmodSync(join(folder, 'slapd'), 0o755);
    for (const name of ['core', 'cosine', 'inetorgperson']) writeFileSync(join(folder, `${name}.schema`), '');
    const places = { commands: [folder], schemas: [folder], modules: [] };
    expect(await fixture.start({ places })).toMatchObject({ kind: 'built-in' });
    expect(fixture.messages[0]).toMatch(/^slapd did not start; it says: no permission, says the profile/);
  });

  it('stays with the server that has the data, whatever is installed since', async () => {
    await (await fixture.start({ places: nowhere })).stop();
    expect(await fixture.start({ places: usualPlaces() })).toMatchObject({ kind: 'built-in' });
    expect(existsSync(join(fixture.dataDirectory, 'slapd'))).toBe(false);
  });

  itWithSlapd('warns that a stand-in does not have what slapd has stored', async () => {
    await (await fixture.start({ prefer: 'slapd' })).stop();
    expect(await fixture.start({ places: nowhere })).toMatchObject({ kind: 'built-in' });
    expect(fixture.messages.join('\n')).toContain('what slapd has stored is not in it');
  });
});
