import { describe, expect, it } from '@jest/globals';
import { endWalk, isSame, type Mismatch, type SealedRecord, startWalk, step } from './chain-walk.js';
import { explainMismatches } from './explain-mismatches.js';
import type { Fault } from './fault.js';

const LENGTH = 8;
const GENESIS = new Uint8Array(4);

/** No cryptography: a sum that depends on every byte before it. */
function sealOf(previous: Uint8Array, position: number, text: string): Uint8Array {
  let sum = 17;
  for (const byte of [...previous, position, ...Buffer.from(text)])
    sum = (sum * 31 + byte + 7) % 4_294_967_291;
  return Uint8Array.of(sum & 255, (sum >>> 8) & 255, (sum >>> 16) & 255, (sum >>> 24) & 255);
}

const sealing = { sealOf, withId: (text: string, id: number) => text.replace(/^\d+/, String(id)) };

function aChain(): SealedRecord[] {
  let hash: Uint8Array = GENESIS;
  return Array.from({ length: LENGTH }, (_, index) => {
    const position = index + 1;
    const text = `${position} text ${'x'.repeat(index)}`;
    hash = sealOf(hash, position, text);
    return { position, recordId: position, hash, text };
  });
}

function walkOver(chain: readonly SealedRecord[], head = aChain().at(-1)?.hash ?? GENESIS): Fault[] {
  const faults: Fault[] = [];
  const mismatches: Mismatch[] = [];
  let walk = startWalk(0, GENESIS);
  for (const seal of chain) {
    const passed = step(walk, seal, sealOf);
    walk = passed.walk;
    if (passed.fault) faults.push(passed.fault);
    if (passed.mismatch) mismatches.push(passed.mismatch);
  }
  const last = endWalk(walk, head);
  if (last) mismatches.push(last);
  return [...explainMismatches(mismatches, [], sealing), ...faults];
}

function kinds(chain: readonly SealedRecord[]): string[] {
  return walkOver(chain).map(({ kind, position }) => `${kind}@${position}`);
}

const everyPosition = Array.from({ length: LENGTH }, (_, index) => index + 1);

describe('a walk along the chain', () => {
  it('finds nothing in a chain as it was made', () => {
    expect(walkOver(aChain())).toEqual([]);
  });

  it.each(everyPosition)('names the one record that was edited, at position %i', (position) => {
    const edited = aChain().map((seal) => (seal.position === position ? { ...seal, text: '9 other' } : seal));
    expect(kinds(edited)).toEqual([`edited@${position}`]);
  });

  it.each(everyPosition)('tells a changed seal from an edited record, at position %i', (position) => {
    const changed = aChain().map((seal) =>
      seal.position === position ? { ...seal, hash: Uint8Array.of(1, 2, 3, 4) } : seal,
    );
    expect(kinds(changed)).toEqual([`foreign-seal@${position}`]);
  });

  it.each(everyPosition)('names the one record that is gone, at position %i', (position) => {
    const without = aChain().map((seal) => (seal.position === position ? { ...seal, text: null } : seal));
    expect(kinds(without)).toEqual([`missing-record@${position}`]);
  });

  it.each(everyPosition.slice(0, -1))('names the seal that is gone, at position %i', (position) => {
    expect(kinds(aChain().filter((seal) => seal.position !== position))).toEqual([
      `missing-seal@${position}`,
    ]);
  });

  it.each(everyPosition.flatMap((left) => everyPosition.slice(left).map((right) => [left, right] as const)))(
    'names both places when the seals %i and %i changed places',
    (left, right) => {
      const chain = aChain();
      const [one, other] = [chain[left - 1], chain[right - 1]];
      if (!one || !other) throw new Error('There is no such place.');
      chain[left - 1] = { ...other, position: left };
      chain[right - 1] = { ...one, position: right };
      expect(kinds(chain)).toEqual([`reordered@${left}`, `reordered@${right}`]);
    },
  );

  it('names a second seal at a position', () => {
    const chain = aChain();
    expect(kinds([...chain.slice(0, 4), ...chain.slice(3)])).toContain('foreign-seal@4');
  });

  it('goes on after a gap: what was edited behind it is named too', () => {
    const chain = aChain()
      .filter(({ position }) => position !== 3)
      .map((seal) => (seal.position === 6 ? { ...seal, text: '6 other' } : seal));
    expect(kinds(chain).toSorted()).toEqual(['edited@6', 'missing-seal@3']);
  });
});

describe('two seals', () => {
  it('are the same when every byte is, and as many', () => {
    expect(isSame(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true);
    expect(isSame(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false);
    expect(isSame(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false);
  });
});
