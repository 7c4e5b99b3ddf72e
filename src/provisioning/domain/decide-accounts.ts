// Which accounts an entity is to have, against those it has: a decision, no effect.

export type AccountState = 'wanted' | 'released' | 'gone';

export interface HeldAccount {
  readonly id: number;
  readonly mappingId: string;
  readonly state: AccountState;
}

export type AccountDecision =
  /** A new account row, then its object. */
  | { readonly kind: 'grant'; readonly mappingId: string }
  /** The account is wanted (again): its object is made to match. */
  | { readonly kind: 'match'; readonly accountId: number; readonly mappingId: string }
  /** Nothing entitles to it any more: its object is deleted. */
  | { readonly kind: 'release'; readonly accountId: number; readonly mappingId: string };

/**
 * @param entitled the mappings the entity's roles give; empty when the entity is gone
 * @param held every account row of the entity
 */
export function decideAccounts(entitled: readonly string[], held: readonly HeldAccount[]): AccountDecision[] {
  const heldByMapping = new Map(held.map((account) => [account.mappingId, account]));
  const granted = [...new Set(entitled)].map((mappingId): AccountDecision => {
    const account = heldByMapping.get(mappingId);
    return account ? { kind: 'match', accountId: account.id, mappingId } : { kind: 'grant', mappingId };
  });
  const released = held
    .filter((account) => account.state !== 'gone' && !entitled.includes(account.mappingId))
    .map((account): AccountDecision => ({
      kind: 'release',
      accountId: account.id,
      mappingId: account.mappingId,
    }));
  return [...granted, ...released];
}
