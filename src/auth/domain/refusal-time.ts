// When a refused login is answered, so that the time says nothing about why it was refused.

/**
 * The milliseconds still to wait: a refusal is answered at a whole multiple of the quantum since its request came, the
 * first one that is not over yet. How long the directory took is hidden by that, as long as it stays within one.
 */
export function restOfQuantum(elapsedMs: number, quantumMs: number): number {
  const quanta = Math.max(1, Math.ceil(elapsedMs / quantumMs));
  return quanta * quantumMs - elapsedMs;
}
