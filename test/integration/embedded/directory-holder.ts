// Run by directory.spec.ts as a service of its own: starts a demo directory, tells how it went, waits for the end.
import { startDemoDirectory } from '../../../src/embedded/directory/index.js';
import type { DemoDirectory, DemoDirectoryOptions } from '../../../src/embedded/directory/index.js';

/** What the parent learns: the directory, or why there is none. */
export type HolderReport =
  | { readonly kind: 'started'; readonly directory: Omit<DemoDirectory, 'stop'>; readonly messages: string[] }
  | { readonly kind: 'failed'; readonly reason: string };

const report = (message: HolderReport): void => void process.send?.(message);
const messages: string[] = [];

try {
  const options = JSON.parse(process.argv[2] ?? '') as Omit<DemoDirectoryOptions, 'log'>;
  const { stop, ...directory } = await startDemoDirectory({
    ...options,
    log: (message) => void messages.push(message),
  });
  process.once('disconnect', () => void stop());
  report({ kind: 'started', directory, messages });
} catch (error) {
  report({ kind: 'failed', reason: String(error) });
  process.disconnect();
}
