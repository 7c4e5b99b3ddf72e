// Verifies the whole chain: every record against its seal, every seal against the one before, both ends, the records
// without a seal, and the checkpoints that are known. Reads only; records may come and go meanwhile.
import { Injectable } from '@nestjs/common';
import { Database } from '../platform/database/index.js';
import { DataKeyError } from '../platform/secrets/index.js';
import { auditProblem } from './audit.problems.js';
import { ChainKeys, type ChainKeyPair } from './chain-keys.js';
import { readStrangers, readUnsealed } from './chain-pages.js';
import { type Head, loadPresent, readAnchor, readHead } from './chain-store.js';
import { CheckpointFile } from './checkpoint-file.js';
import { type Checkpoint, isSigned, readCheckpoint } from './checkpoints.js';
import { isInserted } from './domain/late-record.js';
import {
  anchorForged,
  type CheckpointFinding,
  headForged,
  headGone,
  judgeCheckpoint,
  keyGone,
  keyUnusable,
  unsealedTooLong,
  type Verification,
} from './domain/verification.js';
import { Findings } from './findings.js';
import { walkChain, type Walked } from './walk-chain.js';

const UNSEALED_MINUTES = 5;

@Injectable()
export class AuditVerifier {
  constructor(
    private readonly database: Database,
    private readonly keys: ChainKeys,
    private readonly file: CheckpointFile,
  ) {}

  /**
   * @param checkpoint the text of one that was kept elsewhere; the last of this machine's file is looked at besides
   * @throws Problem 422 when the text is no checkpoint
   */
  async verify({ checkpoint }: { checkpoint?: string | undefined } = {}): Promise<Verification> {
    const checkpoints = await this.#checkpoints(checkpoint);
    const findings = new Findings();
    const keys = await this.#loadKeys(findings);
    if (!keys) return this.#verifyWithoutChain(checkpoints, findings);
    const anchor = await readAnchor(this.database, keys.chain);
    if (anchor.isForged) findings.add(anchorForged(anchor.position));
    const stored = await readHead(this.database, keys.chain);
    if (!stored) findings.add(headGone);
    else if (stored.isForged) findings.add(headForged);
    const head = stored?.isForged === false ? stored : null;
    const watched = new Set(checkpoints.map(({ position }) => position));
    const walked = await walkChain(this.database, keys.chain, { anchor, head, watched, findings });
    const unsealedCount = await this.#lookAtUnsealed(head, findings);
    const finding = judgeAll(checkpoints, { keys, ...walked }, findings);
    const strangers = await readStrangers(this.database, findings.strangers);
    const faults = findings.toFaults(strangers, keys.chain.sealOf);
    const hasSeals = walked.walk.position > walked.anchor.position;
    return {
      isIntact: faults.length === 0,
      verifiedCount: walked.walk.verifiedCount,
      firstPosition: hasSeals ? walked.anchor.position + 1 : null,
      lastPosition: hasSeals ? walked.walk.position : null,
      unsealedCount,
      checkpoint: finding,
      faults,
    };
  }

  /** Nothing is sealed yet, or nothing can be said about what is. */
  async #verifyWithoutChain(checkpoints: readonly Checkpoint[], findings: Findings): Promise<Verification> {
    const unsealedCount = await this.#lookAtUnsealed(null, findings);
    const finding = judgeAll(checkpoints, null, findings);
    const faults = findings.toFaults([], () => Buffer.alloc(0));
    return {
      isIntact: faults.length === 0,
      verifiedCount: 0,
      firstPosition: null,
      lastPosition: null,
      unsealedCount,
      checkpoint: finding,
      faults,
    };
  }

  async #checkpoints(given: string | undefined): Promise<Checkpoint[]> {
    const kept = await this.file.newest();
    if (given === undefined) return kept ? [kept] : [];
    const checkpoint = readCheckpoint(given);
    if (checkpoint) return kept ? [checkpoint, kept] : [checkpoint];
    throw auditProblem.checkpointUnreadable(
      'The text is no checkpoint: give one line of a checkpoint file, or what GET /api/v1/audit/checkpoint answered.',
      { errors: [{ pointer: '/checkpoint', detail: 'is not a checkpoint' }] },
    );
  }

  /** Null when there is no chain, or none that can be verified. */
  async #loadKeys(findings: Findings): Promise<ChainKeyPair | null> {
    try {
      const keys = await this.keys.load(this.database);
      if (keys) return keys;
    } catch (error) {
      if (!(error instanceof DataKeyError)) throw error;
      findings.add(keyUnusable(error.message));
      return null;
    }
    const rows = await this.database.query(
      '(select 1 from audit_seals limit 1) union all (select 1 from audit_head)',
    );
    if (rows.length > 0) findings.add(keyGone);
    return null;
  }

  /** Counts what waits for its seal; what can never get one, or waits too long, is a fault. */
  async #lookAtUnsealed(head: Head | null, findings: Findings): Promise<number> {
    const { present } = await loadPresent(this.database);
    let unsealedCount = 0;
    let late = { count: 0, first: 0 };
    for await (const record of readUnsealed(this.database)) {
      if (head && isInserted(record, head.last, present)) {
        findings.addStranger(record.id);
        continue;
      }
      unsealedCount += 1;
      if (record.recordedAtMs < present.passedAtMs - UNSEALED_MINUTES * 60_000)
        late = { count: late.count + 1, first: late.count === 0 ? record.id : late.first };
    }
    if (late.count > 0) findings.add(unsealedTooLong(late.first, late.count, UNSEALED_MINUTES));
    return unsealedCount;
  }
}

interface Known extends Walked {
  readonly keys: ChainKeyPair;
}

/** The finding about the first of `checkpoints`; each that is at fault is reported. */
function judgeAll(
  checkpoints: readonly Checkpoint[],
  known: Known | null,
  findings: Findings,
): CheckpointFinding {
  const judged = checkpoints.map((checkpoint) => {
    const seal = known?.seals.get(checkpoint.position);
    const view = {
      position: checkpoint.position,
      at: checkpoint.at,
      isSigned: known !== null && isSigned(known.keys, checkpoint),
      isSame: seal === checkpoint.hash,
    };
    return judgeCheckpoint(view, known?.anchor.position ?? 0, known?.walk.position ?? 0);
  });
  for (const { fault } of judged) if (fault) findings.add(fault);
  return judged[0]?.finding ?? 'none';
}
