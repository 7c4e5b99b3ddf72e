// A backlog of records with large documents, such as an older version wrote: what is held at a time is bounded by size.
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { AuditSearch } from '../../../src/audit/audit-search.js';
import { BYTES_IN_A_PAGE } from '../../../src/audit/chain-pages.js';
import { asOwner, type Audit, INTACT, startAudit } from './audit.fixture.js';

const COUNT = 14;
/** Of one document. */
const BYTES = 600_000;
/** The one that crosses the bound is in. */
const LARGEST_PAGE = BYTES_IN_A_PAGE + BYTES + 1_000;

describe('large audit records', () => {
  let audit: Audit;

  beforeEach(async () => {
    audit = await startAudit();
    await audit.database.query(
      `insert into audit_records (recorded_at, actor, action, object_type, object_id, after)
       select now() - interval '100 days', 'local:anna', 'thing.changed', 'thing', n::text,
         to_jsonb((select string_agg(md5(random()::text), '') from generate_series(1, ${BYTES / 32}) where n > 0))
       from generate_series(1, ${COUNT}) n`,
    );
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await audit.close();
  });

  async function sealInPages(): Promise<number[]> {
    await asOwner(audit.url, (client) =>
      client.query(`
        create table pages (bytes bigint);
        create function note_page() returns trigger language plpgsql as $$
        begin
          insert into pages
          select sum(pg_column_size(r.after)) from inserted i join audit_records r on r.id = i.record_id;
          return null;
        end $$;
        create trigger note_page after insert on audit_seals referencing new table as inserted
          for each statement execute function note_page()`),
    );
    expect(await audit.sealer.seal()).toBe(COUNT);
    const pages = await audit.database.query<{ bytes: number }>('select bytes from pages');
    return pages.map(({ bytes }) => bytes);
  }

  /** The size of every answer of the database during `work`. */
  async function answersOf(work: () => Promise<void>): Promise<number[]> {
    const sizes: number[] = [];
    const query = audit.database.query.bind(audit.database);
    jest.spyOn(audit.database, 'query').mockImplementation(async (statement, values) => {
      const rows = await query(statement, values);
      sizes.push(JSON.stringify(rows).length);
      return rows;
    });
    await work();
    return sizes;
  }

  it('are sealed and verified some at a time', async () => {
    const pages = await sealInPages();
    expect(pages.length).toBeGreaterThan(2);
    expect(Math.max(...pages)).toBeLessThan(LARGEST_PAGE);
    const answers = await answersOf(async () => {
      expect(await audit.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: COUNT });
    });
    expect(Math.max(...answers)).toBeLessThan(LARGEST_PAGE + 20_000);
  });

  it('are exported some at a time, each of them once', async () => {
    const ids: number[] = [];
    const answers = await answersOf(async () => {
      for await (const lines of new AuditSearch(audit.database).lines({ to: '2100-01-01T00:00:00Z' })) {
        for (const line of lines.trim().split('\n')) ids.push((JSON.parse(line) as { id: number }).id);
      }
    });
    expect(ids).toEqual(Array.from({ length: COUNT }, (_, index) => index + 1));
    expect(Math.max(...answers)).toBeLessThan(LARGEST_PAGE + 200_000);
  });

  it('are found out when one in the middle of a page is gone, and no other', async () => {
    await sealInPages();
    await audit.tamper('delete from audit_records where id = 8');
    expect(await audit.faults()).toEqual(['missing-record@8']);
  });

  it('are removed after their retention', async () => {
    await sealInPages();
    const node = await audit.node({ retentionDays: 90 });
    expect(await node.retention.run()).toBe(COUNT);
    expect(await node.verifier.verify()).toMatchObject({ ...INTACT, verifiedCount: 0 });
  });
});
