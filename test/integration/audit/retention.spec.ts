// Old records go after their time, and what stays still verifies from where they ended.
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { asOwner, type Audit, INTACT, startAudit } from './audit.fixture.js';

describe('the retention of audit records', () => {
  let audit: Audit;

  afterEach(() => audit.close());

  /** `old` records of 100 days ago and `young` ones of now, all sealed. */
  async function withRecords(old: number, young: number, options?: { retentionDays: number }): Promise<void> {
    audit = await startAudit(options);
    await audit.database.query(
      `insert into audit_records (recorded_at, actor, action, object_type, object_id)
       select now() - interval '100 days', 'local:anna', 'thing.changed', 'thing', n::text from generate_series(1, $1) n`,
      [old],
    );
    await audit.record(young);
    expect(await audit.sealer.seal()).toBe(old + young);
  }

  it('removes nothing unless it is asked for', async () => {
    await withRecords(3, 2);
    expect(await audit.retention.run()).toBe(0);
    expect(await audit.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: 5 });
  });

  it('removes what is old enough, page by page, and the rest verifies from the anchor', async () => {
    await withRecords(1_200, 5, { retentionDays: 90 });
    await audit.checkpoints.write();
    expect(await audit.retention.run()).toBe(1_200);
    expect(await audit.verifier.verify()).toMatchObject({
      ...INTACT,
      verifiedCount: 5,
      firstPosition: 1_201,
      lastPosition: 1_205,
      checkpoint: 'matches',
    });
    await audit.record(3);
    await audit.sealer.seal();
    expect(await audit.retention.run()).toBe(0);
    expect(await audit.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: 8 });
    expect(await audit.checkpoints.write()).toMatchObject({ position: 1_208 });
  });

  it('removes everything when everything is old, and the chain goes on', async () => {
    await withRecords(4, 0, { retentionDays: 90 });
    const signed = await audit.checkpoints.write();
    expect(await audit.retention.run()).toBe(4);
    expect(await audit.verifier.verify()).toMatchObject({
      ...INTACT,
      verifiedCount: 0,
      lastPosition: null,
      checkpoint: 'matches',
    });
    await audit.record(2);
    await audit.sealer.seal();
    expect(await audit.verifier.verify({ checkpoint: JSON.stringify(signed) })).toMatchObject({
      ...INTACT,
      firstPosition: 5,
      lastPosition: 6,
    });
  });

  it('leaves what comes after the first young record, however old it says it is', async () => {
    audit = await startAudit({ retentionDays: 90 });
    for (const days of [100, 1, 100]) {
      await audit.database.query(
        `insert into audit_records (recorded_at, actor, action, object_type, object_id)
         values (now() - make_interval(days => $1), 'local:anna', 'thing.changed', 'thing', '1')`,
        [days],
      );
    }
    await audit.sealer.seal();
    expect(await audit.retention.run()).toBe(1);
    expect(await audit.verifier.verify()).toMatchObject({ ...INTACT, firstPosition: 2, verifiedCount: 2 });
  });

  it('is no fault to a checkpoint from before it', async () => {
    await withRecords(4, 0, { retentionDays: 90 });
    const early = JSON.stringify(await audit.checkpoints.write());
    await audit.database.query(
      `insert into audit_records (recorded_at, actor, action, object_type, object_id)
       values (now() - interval '91 days', 'local:anna', 'thing.changed', 'thing', '1')`,
    );
    await audit.sealer.seal();
    expect(await audit.retention.run()).toBe(5);
    const other = await audit.node();
    expect(await other.verifier.verify({ checkpoint: early })).toMatchObject({
      ...INTACT,
      checkpoint: 'before-anchor',
    });
  });

  it('is no fault to a checkpoint of what it removes while the chain is verified', async () => {
    await withRecords(5, 0, { retentionDays: 90 });
    const early = JSON.stringify(await audit.checkpoints.write());
    await audit.database.query(
      `insert into audit_records (recorded_at, actor, action, object_type, object_id)
       select now() - interval '100 days', 'local:anna', 'thing.changed', 'thing', n::text from generate_series(1, 3) n`,
    );
    await audit.record(2);
    await audit.sealer.seal();
    const other = await audit.node();
    const query = other.database.query.bind(other.database);
    let removed = 0;
    jest.spyOn(other.database, 'query').mockImplementation(async (statement, values) => {
      // As the first page of the chain is read, with the anchor known.
      if (typeof statement !== 'string' && statement.text.includes('from audit_seals where position > $1'))
        removed += await audit.retention.run();
      return (await query(statement, values)) as never;
    });
    expect(await other.verifier.verify({ checkpoint: early })).toMatchObject({
      ...INTACT,
      checkpoint: 'before-anchor',
      firstPosition: 9,
      lastPosition: 10,
      verifiedCount: 2,
    });
    expect(removed).toBe(8);
  });

  it('does not destroy evidence: a stretch that does not verify stays', async () => {
    await withRecords(10, 2, { retentionDays: 90 });
    await audit.tamper("update audit_records set actor = 'local:eve' where id = 4");
    await expect(audit.retention.run()).rejects.toThrow('do not verify');
    expect(await audit.faults()).toEqual(['edited@4']);
  });

  it('never removes what is younger than 30 days, whoever asks the database for it', async () => {
    await withRecords(3, 2);
    await asOwner(audit.url, async (client) => {
      await expect(client.query("select audit_forget(5, 'x', 'y')")).rejects.toThrow('younger than 30 days');
    });
    expect(await audit.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: 5 });
  });

  it('is found out when somebody else asks for it, without the key', async () => {
    await withRecords(3, 2);
    await asOwner(audit.url, (client) => client.query("select audit_forget(3, sha256('x'), sha256('y'))"));
    expect(await audit.faults()).toContain('anchor-forged@3');
    await audit.record(1);
    await expect(audit.checkpoints.write()).resolves.toMatchObject({ position: 5 });
  });

  it('runs on two nodes at the same time, and while the chain is verified', async () => {
    await withRecords(2_000, 3, { retentionDays: 90 });
    const other = await audit.node();
    const [one, two, verification] = await Promise.allSettled([
      audit.retention.run(),
      other.retention.run(),
      other.verifier.verify(),
    ]);
    expect([one.status, two.status]).toEqual(['fulfilled', 'fulfilled']);
    expect(verification).toMatchObject({ value: INTACT });
    expect(await audit.verifier.verify()).toMatchObject({
      ...INTACT,
      firstPosition: 2_001,
      verifiedCount: 3,
    });
  });
});
