// What happens when the directory is away, asynchronous, or its answer is lost.
import { afterEach, describe, expect, it } from '@jest/globals';
import { Moves, Operations } from '../../../src/queue/index.js';
import { Schedules } from '../../../src/schedule/index.js';
import { LossyProxy } from '../../support/lossy-proxy.js';
import {
  actor,
  ADMIN_DN,
  BASE_DN,
  directorySystem,
  type ProvisioningBundle,
  startProvisioning,
} from '../../support/provisioning-bundle.js';

describe('a directory in trouble', () => {
  const closing: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0).toReversed()) await close();
  });

  async function setup(options: Parameters<typeof startProvisioning>[0] = {}): Promise<ProvisioningBundle> {
    const bundle = await startProvisioning(options);
    closing.push(bundle.close);
    return bundle;
  }

  /** The directory behind a proxy that can lose what is told. */
  async function behindProxy(): Promise<{ bundle: ProvisioningBundle; lossy: LossyProxy }> {
    let proxy: LossyProxy | undefined;
    const bundle = await setup({
      directoryPort: async (directory) => {
        proxy = await LossyProxy.start({ host: '127.0.0.1', port: directory.port });
        return proxy.port;
      },
    });
    if (!proxy) throw new Error('The proxy did not start.');
    const lossy = proxy;
    closing.push(() => lossy.stop());
    return { bundle, lossy };
  }

  async function attemptsOf(bundle: ProvisioningBundle): Promise<string[]> {
    const rows = await bundle.database.query<{ outcome: string }>(
      `select a.outcome from queue_attempts a join provisioning_operations o using (lane_id, seq) order by a.ended_at`,
    );
    return rows.map(({ outcome }) => outcome);
  }

  async function systemId(bundle: ProvisioningBundle): Promise<string> {
    const [row] = await bundle.database.query<{ id: string }>('select id from provisioning_systems');
    return row?.id ?? '';
  }

  it('gets every change in order once it is back, and meanwhile the queue says what waits, why and until when', async () => {
    const bundle = await setup();
    const people = await Promise.all(
      Array.from({ length: 10 }, (_, index) =>
        bundle.identities.create(actor, {
          login: `p${index}`,
          givenName: 'P',
          surname: 'Zero',
          roles: [bundle.roleCode],
        }),
      ),
    );
    await bundle.settle();
    await bundle.directory.stop();
    for (const surname of ['One', 'Two']) {
      for (const { id } of people) await bundle.identities.update(actor, id, { surname });
    }
    await bundle.until(async () => {
      const [row] = await bundle.database.query<{ lanes: number; undecided: number; isOpen: boolean }>(
        `select count(distinct o.lane_id) filter (where o.kind = 'provisioning')::int as lanes,
                count(*) filter (where o.kind <> 'provisioning')::int as undecided,
                (select t.breaker_open_until is not null from queue_targets t where t.name = 'system:Directory') as "isOpen"
         from queue_operations o`,
      );
      return row?.lanes === 10 && row.undecided === 0 && row.isOpen;
    });
    const waiting = (await bundle.whole.app.get(Operations).list({ limit: 200, target: 'system:Directory' }))
      .items;
    const reasons = new Set(waiting.map(({ waiting: wait }) => wait?.reason));
    // Some have tried, the others are spared: the breaker is open. What came twice for one account is one or two.
    expect(
      [...reasons].filter((reason) => !['retry', 'breaker', 'behind', 'running'].includes(reason ?? '')),
    ).toEqual([]);
    expect(reasons).toContain('breaker');
    const tried = waiting.filter(({ attempts }) => attempts > 0);
    expect(tried.length).toBeGreaterThan(0);
    for (const { waiting: wait } of waiting) {
      if (wait?.reason === 'breaker') expect(wait.text).toContain('ECONNREFUSED');
    }

    await bundle.directory.startAgain();
    await bundle.settle();
    for (let index = 0; index < 10; index += 1)
      expect(await bundle.directory.find(`p${index}`)).toMatchObject({ sn: 'Two' });
    const order = await bundle.database.query<{ in_order: boolean }>(
      `select bool_and(finished_at >= previous) as in_order from (
         select finished_at, lag(finished_at, 1, '-infinity') over (partition by lane_id order by seq) as previous from queue_archive) as steps`,
    );
    expect(order).toEqual([{ in_order: true }]);
  });

  it.each(['lose-reply', 'lose-request'] as const)(
    'creates an account once when the answer to its creation is lost (%s)',
    async (plan) => {
      const { bundle, lossy } = await behindProxy();
      const lost = lossy.loseOn(plan, (chunk) => chunk.includes(Buffer.from('Answer')));
      await bundle.identities.create(actor, {
        login: 'lost',
        givenName: 'Lost',
        surname: 'Answer',
        roles: [bundle.roleCode],
      });
      await lost;
      await bundle.settle();
      const attempts = await attemptsOf(bundle);
      expect(attempts).toContain('unknown');
      expect(attempts.at(-1)).toBe('executed');
      // Sent again only when the directory was read and did not have it.
      const creations = await bundle.database.query(`select from queue_intents where action = 'create'`);
      expect(creations).toHaveLength(plan === 'lose-reply' ? 1 : 2);
      expect(await bundle.directory.find('lost')).toMatchObject({ sn: 'Answer' });
      const [account] = await bundle.database.query<{ native_id: string }>(
        'select native_id from provisioning_accounts',
      );
      expect(account?.native_id).toBe((await bundle.directory.find('lost'))?.['entryUUID']);
    },
  );

  it('deletes what an attempt with a lost answer left behind when nobody wants it any more', async () => {
    const { bundle, lossy } = await behindProxy();
    const lost = lossy.loseOn('lose-reply', (chunk) => chunk.includes(Buffer.from('Behind')));
    const { id } = await bundle.identities.create(actor, {
      login: 'left',
      givenName: 'Left',
      surname: 'Behind',
      roles: [bundle.roleCode],
    });
    await lost;
    await lossy.stop();
    await bundle.assignments.unassign(actor, id, bundle.roleId);
    await bundle.until(
      async () =>
        (await bundle.database.query(`select from provisioning_accounts where state = 'released'`)).length ===
        1,
    );
    expect(await bundle.directory.find('left')).toMatchObject({ sn: 'Behind' });
    await lossy.listen();
    await bundle.settle();
    expect(await bundle.directory.find('left')).toBeUndefined();
  });

  it('deletes what a lost creation left behind even when a person gave that creation up', async () => {
    const { bundle, lossy } = await behindProxy();
    const lost = lossy.loseOn('lose-reply', (chunk) => chunk.includes(Buffer.from('Given-Up')));
    const { id } = await bundle.identities.create(actor, {
      login: 'givenup',
      givenName: 'Was',
      surname: 'Given-Up',
      roles: [bundle.roleCode],
    });
    await lost;
    await lossy.stop();
    const operations = bundle.whole.app.get(Operations);
    const moves = bundle.whole.app.get(Moves);
    await bundle.until(async () => {
      const [head] = (await operations.list({ limit: 10, state: 'UNKNOWN' })).items;
      if (!head) return false;
      return moves.one(actor, 'cancel', head.id, 'a test').then(
        () => true,
        () => false,
      );
    });
    await lossy.listen();
    await bundle.identities.delete(actor, id);
    await bundle.settle();
    expect(await bundle.directory.find('givenup')).toBeUndefined();
  });

  it('waits as CREATED for ProvisioningQueue when it is asynchronous', async () => {
    const bundle = await setup();
    await bundle.systems.update(actor, await systemId(bundle), { isAsynchronous: true });
    await bundle.identities.create(actor, {
      login: 'slow',
      givenName: 'Slow',
      surname: 'Change',
      roles: [bundle.roleCode],
    });
    await bundle.until(
      async () =>
        (await bundle.database.query(`select from queue_lanes where state = 'gated-async'`)).length === 1,
    );
    const { items } = await bundle.whole.app.get(Operations).list({ limit: 10 });
    expect(items).toMatchObject([
      { state: 'CREATED', attempts: 0, waiting: { reason: 'provisioning-queue' } },
    ]);
    expect(await bundle.directory.find('slow')).toBeUndefined();
    await bundle.whole.app.get(Schedules).runNow('ProvisioningQueueTaskExecutor', actor);
    await bundle.settle();
    expect(await bundle.directory.find('slow')).toMatchObject({ sn: 'Change' });
  });

  it('says that the password is wrong, keeps the queue whole, and goes on once it is corrected', async () => {
    const bundle = await setup();
    const id = await systemId(bundle);
    await bundle.systems.update(actor, id, { secrets: { password: 'wrong-canary-77' } });
    await bundle.identities.create(actor, {
      login: 'wait',
      givenName: 'Wait',
      surname: 'For',
      roles: [bundle.roleCode],
    });
    await bundle.until(
      async () =>
        (await bundle.database.query(`select from queue_attempts where code = 'invalid-credentials'`))
          .length > 0,
    );
    const { items } = await bundle.whole.app.get(Operations).list({ limit: 10 });
    expect(items[0]?.waiting?.text).toMatch(/password/);
    expect(JSON.stringify(items)).not.toContain('wrong-canary-77');
    const { secrets } = directorySystem(0);
    await bundle.systems.update(actor, id, { secrets });
    await bundle.settle();
    expect(await bundle.directory.find('wait')).toMatchObject({ sn: 'For' });
    const leaks = await bundle.database.query(`select from queue_attempts where message like '%wrong-canary%'
      union all select from audit_records where after::text like '%wrong-canary%' or before::text like '%wrong-canary%'`);
    expect(leaks).toHaveLength(0);
  });

  it('holds one account by a missing parent and nobody else', async () => {
    const bundle = await setup({
      mapping: {
        entityType: 'identity',
        objectClass: 'inetOrgPerson',
        identifierExpression: `rdn('uid', identity.login) + ',ou=' + identity.title + ',${BASE_DN}'`,
        attributes: [
          { attribute: 'cn', expression: 'identity.login' },
          { attribute: 'sn', expression: 'identity.surname' },
        ],
      },
    });
    await bundle.systems.update(actor, await systemId(bundle), {
      config: { url: bundle.directory.url, bindDn: ADMIN_DN, baseDn: BASE_DN },
    });
    const person = (login: string, title: string) =>
      bundle.identities.create(actor, {
        login,
        title,
        givenName: 'G',
        surname: 'S',
        roles: [bundle.roleCode],
      });
    await person('early', 'later');
    await person('other', 'people');
    await bundle.until(async () => (await bundle.directory.find('other')) !== undefined);
    await bundle.until(
      async () =>
        (await bundle.database.query(`select from queue_attempts where code = 'parent-missing'`)).length > 0,
    );
    await bundle.directory.use((client) =>
      client.add(`ou=later,${BASE_DN}`, { objectClass: 'organizationalUnit', ou: 'later' }),
    );
    await bundle.settle();
    const { searchEntries } = await bundle.directory.use((client) =>
      client.search(`ou=later,${BASE_DN}`, { scope: 'one', filter: '(uid=early)' }),
    );
    expect(searchEntries).toHaveLength(1);
  });
});
