// Before all specs with a database: starts the process that prepares and keeps the server for this run.
// A process of its own, because jest loads this file as CommonJS, and because it outlives a killed jest.
import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What the server's process says once it is ready, or why it never will be. */
export type ServerReport =
  | { readonly kind: 'ready'; readonly adminUrl: string }
  | { readonly kind: 'failed'; readonly reason: string };

declare global {
  var provostTestServer: ChildProcess | undefined;
}

// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default async function globalSetup({ rootDir }: { rootDir: string }): Promise<void> {
  const support = join(rootDir, 'test', 'support');
  const child = fork(join(support, 'test-server.ts'), {
    execArgv: ['--import', pathToFileURL(join(support, 'register-typescript.mjs')).href],
    // Its own process group: it cleans up after Ctrl-C, which ends jest.
    detached: true,
  });
  const report = await new Promise<ServerReport>((resolve, reject) => {
    child.once('message', (message) => resolve(message as ServerReport));
    child.once('exit', (code) => reject(new Error(`The test server's process ended with code ${code}.`)));
    child.once('error', reject);
  });
  if (report.kind === 'failed') throw new Error(`No database for the tests: ${report.reason}`);
  process.env['TEST_DATABASE_URL'] = report.adminUrl;
  child.unref();
  child.channel?.unref();
  globalThis.provostTestServer = child;
}
