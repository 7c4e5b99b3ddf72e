import { it } from '@jest/globals';

/**
 * Stands in for `it` where this machine cannot run a case: jest counts it as skipped, stderr says why.
 * `const itAsRoot = isRoot ? it : skipped('only root can change to another user')`
 */
export function skipped(reason: string): (name: string, run: () => Promise<void>, timeout?: number) => void {
  return (name, run) => {
    process.stderr.write(`SKIPPED ${name}: ${reason}\n`);
    it.skip(name, run);
  };
}
