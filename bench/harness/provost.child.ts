// The built service, which also does the dearest part of a login alone, so that the two can be told apart.
import { verify } from '@node-rs/argon2';
import { built } from './built.js';
import { serveParent } from './serve-parent.js';

const { startService } = await built<typeof import('../../src/start-service.js')>('src/start-service.js');
const { Dialer } = await built<typeof import('../../src/platform/dialer/index.js')>(
  'src/platform/dialer/index.js',
);
const { DirectoryConnection } = await built<typeof import('../../src/platform/directory/index.js')>(
  'src/platform/directory/index.js',
);
const { Secret } = await built<typeof import('../../src/platform/logging/index.js')>(
  'src/platform/logging/index.js',
);
const service = await startService();
const dialer = service.app.get(Dialer);

interface VerifyInput {
  readonly hash: string;
  readonly password: string;
  readonly count: number;
}

interface BindInput {
  readonly url: string;
  readonly bindDn: string;
  readonly password: string;
  readonly count: number;
}

async function verifyTimes({ hash, password, count }: VerifyInput): Promise<void> {
  for (let done = 0; done < count; done += 1)
    if (!(await verify(hash, password))) throw new Error('This is not the password of that hash.');
}

/** A connection of its own for each, as a login makes. */
async function bindTimes({ url, bindDn, password, count }: BindInput): Promise<void> {
  const { signal } = new AbortController();
  const options = {
    url,
    bindDn,
    password: new Secret(password),
    startTls: false,
    dial: (address: { host: string; port: number }, ending: AbortSignal) =>
      dialer.connect({ ...address, purpose: 'directory', staysLocal: true }, ending),
  };
  for (let done = 0; done < count; done += 1) (await DirectoryConnection.open(options, signal)).close();
}

serveParent(
  {
    started: () => ({ url: service.url, setupToken: service.setupToken }),
    verify: verifyTimes,
    bind: bindTimes,
  },
  () => service.stop(),
);
