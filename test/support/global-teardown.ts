// After all specs: lets the test server's process clean up, and waits until it has.

// oxlint-disable-next-line import/no-default-export -- jest takes nothing else
export default async function globalTeardown(): Promise<void> {
  const child = globalThis.provostTestServer;
  if (child === undefined || child.exitCode !== null) return;
  const code = await new Promise<number | null>((resolve) => {
    child.ref();
    child.once('exit', resolve);
    child.disconnect();
  });
  if (code !== 0) throw new Error(`The test server's process could not clean up (code ${code}).`);
}
