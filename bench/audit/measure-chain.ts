// Many records: put into the table, sealed by the real sealer, verified from the first to the last.
import type { Client } from 'pg';
import { type BenchOptions, type Figure, judged, type VariantSummary } from '../harness/bench.js';
import type { MeasuredProcess } from '../harness/measured-process.js';
import { type Row, sayRow } from '../harness/report.js';
import { summaryOf } from '../harness/rounds.js';

const CHUNK = 50_000;
/** Verifying reads each record once more: so much of the time is kept for it. */
const SEALING_SHARE = 0.75;

interface Verified {
  readonly isIntact: boolean;
  readonly verifiedCount: number;
  readonly faults: readonly unknown[];
}

export async function measureChain(
  sealer: MeasuredProcess,
  verifier: MeasuredProcess,
  client: Client,
  { records, seconds }: BenchOptions,
): Promise<{ figures: Figure[]; variants: VariantSummary[] }> {
  const rows: Row[] = [];
  const measure = async (
    variant: string,
    round: number,
    process: MeasuredProcess,
    work: () => Promise<number>,
  ): Promise<void> => {
    let items = 0;
    const used = await process.during(async () => {
      items = await work();
    });
    const row = { variant, round, items, ...used };
    sayRow(row);
    rows.push(row);
  };
  await sealer.ask('sealAll');
  const end = performance.now() + seconds * 1_000 * SEALING_SHARE;
  for (let done = 0, round = 1; done < records && (round === 1 || performance.now() < end); round += 1) {
    const count = Math.min(CHUNK, records - done);
    await insert(client, count);
    await measure('sealing', round, sealer, () => sealer.ask<number>('sealAll'));
    done += count;
  }
  let verified: Verified = { isIntact: false, verifiedCount: 0, faults: [] };
  await measure('verifying', 1, verifier, async () => {
    verified = await verifier.ask<Verified>('verify');
    return verified.verifiedCount;
  });
  const wallOf = (variant: string): number =>
    rows.filter((row) => row.variant === variant).reduce((sum, { wallMs }) => sum + wallMs, 0) / 1_000;
  return {
    variants: summaryOf(rows),
    figures: [
      { name: 'records in the chain', value: verified.verifiedCount, unit: '' },
      { name: 'sealing them', value: wallOf('sealing'), unit: 's' },
      { name: 'verifying them', value: wallOf('verifying'), unit: 's' },
      { name: 'most memory of the process that sealed', value: (await sealer.usage()).peakMib, unit: 'MiB' },
      {
        name: 'most memory of the process that verified',
        value: (await verifier.usage()).peakMib,
        unit: 'MiB',
      },
      judged({
        name: 'faults found',
        value: verified.isIntact ? 0 : verified.faults.length || NaN,
        unit: '',
        atMost: 0,
      }),
    ],
  };
}

/** Such as changes write, in one transaction. */
async function insert(client: Client, count: number): Promise<void> {
  await client.query(
    `insert into audit_records (actor, request_id, action, object_type, object_id, before, after)
     select 'local:writer', gen_random_uuid()::text, 'identity.updated', 'identity', gen_random_uuid()::text,
            jsonb_build_object('surname', 'Nováková', 'title', 'clerk ' || n),
            jsonb_build_object('surname', 'Svobodová', 'title', 'clerk ' || n)
     from generate_series(1, $1::int) n`,
    [count],
  );
}
