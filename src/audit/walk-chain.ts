// Feeds the chain to the pure walk, page by page, while the sealer appends and the retention removes.
import type { Database } from '../platform/database/index.js';
import type { ChainKey } from './chain-key.js';
import { readSeals } from './chain-pages.js';
import { type Anchor, type Head, loadHead, readAnchor } from './chain-store.js';
import { endWalk, isSame, startWalk, step, type Walk } from './domain/chain-walk.js';
import { beyondHead, headDiffers, tailCut } from './domain/verification.js';
import type { Findings } from './findings.js';

/** How often it goes on with what was sealed meanwhile. */
const ROUNDS = 3;

export interface WalkOptions {
  readonly anchor: Anchor;
  /** Null when there is none that can be believed: then the last seal is the end. */
  readonly head: Head | null;
  /** Positions whose seals are wanted. */
  readonly watched: ReadonlySet<number>;
  readonly findings: Findings;
}

export interface Walked {
  readonly walk: Walk;
  /** Where the chain begins now: the retention may have moved it meanwhile. */
  readonly anchor: Anchor;
  /** The seals at the watched positions, in hexadecimal. */
  readonly seals: ReadonlyMap<number, string>;
}

export async function walkChain(database: Database, key: ChainKey, options: WalkOptions): Promise<Walked> {
  const { findings } = options;
  let { anchor } = options;
  const seals = new Map<number, string>();
  const note = (position: number, hash: Uint8Array): void => {
    if (options.watched.has(position)) seals.set(position, Buffer.from(hash).toString('hex'));
  };
  note(anchor.position, anchor.hash);
  let walk = startWalk(anchor.position, anchor.hash);
  let head = options.head;
  for (let round = 1; ; round += 1) {
    walk = await walkTo(database, key, walk, {
      end: head?.position ?? Number.MAX_SAFE_INTEGER,
      findings,
      note,
      skipTo: (moved) => {
        anchor = moved;
        note(moved.position, moved.hash);
      },
    });
    if (head === null) break;
    const grown = await loadHead(database, key);
    if (round === ROUNDS || grown === null || grown.position <= walk.position) break;
    head = grown;
  }
  if (head) await judgeEnd(database, walk, head, findings);
  else findings.addMismatch(walk.doubt);
  return { walk, anchor, seals };
}

interface Stretch {
  readonly end: number;
  readonly findings: Findings;
  readonly note: (position: number, hash: Uint8Array) => void;
  readonly skipTo: (moved: Anchor) => void;
}

async function walkTo(database: Database, key: ChainKey, from: Walk, stretch: Stretch): Promise<Walk> {
  let walk = from;
  while (walk.position < stretch.end) {
    const page = await readSeals(database, walk.position, stretch.end);
    if (page[0]?.position !== walk.position + 1) {
      // The retention may have passed by.
      const anchor = await readAnchor(database, key);
      if (!anchor.isForged && anchor.position > walk.position) {
        walk = { ...walk, position: anchor.position, hash: anchor.hash, doubt: null };
        stretch.skipTo(anchor);
        continue;
      }
    }
    if (page.length === 0) return walk;
    for (const seal of page) {
      const passed = step(walk, seal, key.sealOf);
      walk = passed.walk;
      stretch.note(seal.position, seal.hash);
      if (passed.fault) stretch.findings.add(passed.fault);
      stretch.findings.addMismatch(passed.mismatch);
    }
  }
  return walk;
}

async function judgeEnd(database: Database, walk: Walk, head: Head, findings: Findings): Promise<void> {
  const mismatch = endWalk(walk, head.hash);
  findings.addMismatch(mismatch);
  if (walk.position < head.position) findings.add(tailCut(walk.position, head.position));
  else if (!isSame(walk.hash, head.hash) && mismatch?.isSealChanged !== true)
    findings.add(headDiffers(head.position));
  const [row] = await database.query<{ end: number; last: number | null }>(
    'select h.position as "end", (select max(position) from audit_seals) as last from audit_head h',
  );
  if (row?.last && row.last > row.end) findings.add(beyondHead(row.end, row.last));
}
