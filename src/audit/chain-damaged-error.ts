/** Somebody changed the chain: nothing is appended to it, signed or removed until a person has looked. */
export class ChainDamagedError extends Error {
  override readonly name = 'ChainDamagedError';
}
