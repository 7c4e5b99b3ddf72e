// Signed statements outside the database: when they are written, and what they are worth.
import { generateKeyPairSync, verify } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditKeeper } from '../../../src/audit/audit-keeper.js';
import { signCheckpoint, type Checkpoint } from '../../../src/audit/checkpoints.js';
import { canonical } from '../../../src/audit/sealed-text.js';
import { Clock, systemClock } from '../../../src/platform/clock/index.js';
import type { ProcessRole } from '../../../src/platform/config/index.js';
import { type Audit, INTACT, startAudit } from './audit.fixture.js';

class SteppedClock extends Clock {
  monotonic = 0;

  now(): Date {
    return systemClock.now();
  }

  monotonicMs(): number {
    return this.monotonic;
  }
}

describe('a checkpoint of the audit chain', () => {
  let audit: Audit;

  beforeEach(async () => {
    audit = await startAudit();
  });

  afterEach(() => audit.close());

  function lines(): Checkpoint[] {
    if (!existsSync(audit.checkpointFile)) return [];
    return readFileSync(audit.checkpointFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as Checkpoint);
  }

  function keeper(clock: Clock, roles: readonly ProcessRole[] = ['worker']): AuditKeeper {
    const settings = { roles } as ConstructorParameters<typeof AuditKeeper>[4];
    return new AuditKeeper(audit.sealer, audit.checkpoints, audit.retention, clock, settings);
  }

  it('is written when the chain grew, at least every five minutes, to a file for its owner alone', async () => {
    const clock = new SteppedClock();
    const kept = keeper(clock);
    await kept.tick();
    expect(lines()).toEqual([]);
    await audit.record(2);
    clock.monotonic += 5 * 60_000;
    await kept.tick();
    await audit.record(2);
    clock.monotonic += 60_000;
    await kept.tick();
    expect(lines().map(({ position }) => position)).toEqual([2]);
    clock.monotonic += 4 * 60_000;
    await kept.tick();
    clock.monotonic += 5 * 60_000;
    await kept.tick();
    expect(lines().map(({ position }) => position)).toEqual([2, 4]);
    expect(statSync(audit.checkpointFile).mode & 0o777).toBe(0o600);
  });

  it('is written when the process ends, with what was recorded until then', async () => {
    const kept = keeper(systemClock);
    kept.onApplicationBootstrap();
    await audit.record(3);
    await kept.beforeApplicationShutdown();
    expect(lines().map(({ position }) => position)).toEqual([3]);
    expect(await audit.verifier.verify()).toMatchObject({
      ...INTACT,
      verifiedCount: 3,
      checkpoint: 'matches',
    });
  });

  it('is left to processes that work', async () => {
    const kept = keeper(systemClock, ['api']);
    kept.onApplicationBootstrap();
    await audit.record(1);
    await kept.beforeApplicationShutdown();
    expect(lines()).toEqual([]);
    expect(await audit.verifier.verify()).toMatchObject({ unsealedCount: 1 });
  });

  it('can be checked by anybody with the public key', async () => {
    await audit.record(1);
    await audit.sealer.seal();
    const signed = await audit.checkpoints.sign();
    if (!signed) throw new Error('Nothing was signed.');
    const { signature, publicKey, ...statement } = signed;
    const bytes = Buffer.from(signature, 'base64url');
    expect(verify(null, Buffer.from(canonical(statement)), publicKey, bytes)).toBe(true);
    const other = { ...statement, position: 2 };
    expect(verify(null, Buffer.from(canonical(other)), publicKey, bytes)).toBe(false);
  });

  it('is forged when somebody else signed it or one member was changed', async () => {
    await audit.record(2);
    await audit.sealer.seal();
    const checkpoint = await audit.checkpoints.write();
    if (!checkpoint) throw new Error('Nothing was signed.');
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const end = { position: 2, hash: Buffer.from(checkpoint.hash, 'hex') };
    const forgeries: Checkpoint[] = [
      signCheckpoint({ keyId: checkpoint.keyId, privateKey, publicKey }, end, systemClock.now()),
      { ...checkpoint, position: 1 },
      { ...checkpoint, hash: '0'.repeat(64) },
      { ...checkpoint, at: '2020-01-01T00:00:00.000Z' },
      { ...checkpoint, keyId: 'another' },
    ];
    for (const forgery of forgeries)
      expect(await audit.verifier.verify({ checkpoint: JSON.stringify(forgery) })).toMatchObject({
        checkpoint: 'forged',
        faults: [{ kind: 'checkpoint-forged' }],
      });
    expect(await audit.verifier.verify({ checkpoint: JSON.stringify(checkpoint) })).toMatchObject({
      ...INTACT,
      checkpoint: 'matches',
    });
  });

  it('that is no checkpoint is refused', async () => {
    for (const checkpoint of ['', 'x', '{}', '{"position": "1"}'])
      await expect(audit.verifier.verify({ checkpoint })).rejects.toMatchObject({ status: 422 });
  });

  it('survives a line that a crash has torn, and is appended after it', async () => {
    await audit.record(1);
    await audit.sealer.seal();
    const first = await audit.checkpoints.write();
    appendFileSync(audit.checkpointFile, '{"position":2,"ha');
    expect(await audit.verifier.verify()).toMatchObject({ ...INTACT, checkpoint: 'matches' });
    await audit.record(1);
    await audit.sealer.seal();
    const second = await audit.checkpoints.write();
    const text = readFileSync(audit.checkpointFile, 'utf8').split('\n');
    expect(text).toEqual([JSON.stringify(first), '{"position":2,"ha', JSON.stringify(second), '']);
  });

  it('is looked for among the last lines, in a file as long as years make it', async () => {
    await audit.record(1);
    await audit.sealer.seal();
    const checkpoint = await audit.checkpoints.write();
    writeFileSync(audit.checkpointFile, `${JSON.stringify(checkpoint)}\n`.repeat(20_000));
    expect(await audit.verifier.verify()).toMatchObject({ ...INTACT, checkpoint: 'matches' });
  });
});
