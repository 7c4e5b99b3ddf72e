// The dialer with real sockets: which address is reached when a resolver lies, and what never leaves.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Dialer, DialRefusedError } from '../../../src/platform/dialer/index.js';
import { wordsOf } from '../../../src/platform/failures/index.js';

const NEVER = new AbortController().signal;
const NAME = 'system.example.test';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Listener {
  readonly port: number;
  /** How many connections came. */
  readonly count: () => number;
}

async function listen(host: string, port = 0): Promise<Listener> {
  const sockets = new Set<Socket>();
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    sockets.add(socket.on('error', () => undefined));
    socket.write('hello');
  });
  server.listen(port, host);
  await once(server, 'listening');
  closing.push(async () => {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  });
  return { port: (server.address() as AddressInfo).port, count: () => count };
}

/** In production, where only 127.0.0.2 and 127.0.0.3 may be dialled; each question gets the next of `answers`. */
function dialerWith(...answers: (readonly string[])[]) {
  const asked: string[] = [];
  const dialer = new Dialer({
    allow: ['127.0.0.2', '127.0.0.3'],
    deny: [],
    ports: ['1024-65535'],
    isProduction: true,
    resolve: (name) => {
      asked.push(name);
      return Promise.resolve(answers[asked.length - 1] ?? []);
    },
  });
  return { dialer, asked };
}

const remember = (socket: Socket): Socket => {
  closing.unshift(async () => void socket.destroy());
  return socket;
};

async function refusal(call: Promise<unknown>): Promise<string> {
  const outcome = await call.then(
    () => 'a connection',
    (error: unknown) => error,
  );
  if (!(outcome instanceof DialRefusedError)) throw new Error('not refused', { cause: outcome });
  return outcome.message;
}

describe('a host that is dialled', () => {
  it('is reached at the address that was checked, though the name leads elsewhere the next moment', async () => {
    const checked = await listen('127.0.0.2');
    const other = await listen('127.0.0.1', checked.port);
    const { dialer, asked } = dialerWith(['127.0.0.2'], ['127.0.0.1']);

    const target = { host: 'SYSTEM.example.test.', port: checked.port, purpose: 'connector' } as const;
    const socket = remember(await dialer.connect(target, NEVER));

    expect(socket.remoteAddress).toBe('127.0.0.2');
    expect(asked).toEqual([NAME]);
    const again = await refusal(dialer.connect(target, NEVER));
    expect(again).toContain('127.0.0.1 is this machine, which PROVOST_DIALER_ALLOW must open in production');
    expect(other.count()).toBe(0);
  });

  it.each([
    ['the metadata service of a cloud', '169.254.169.254'],
    ['this machine', '::1'],
    ['this machine by a tunnel', '2002:7f00:1::'],
    ['an address with a zone', 'fe80::1%2'],
  ])('is refused as a whole when one of its addresses is %s', async (_what, forbidden) => {
    const listener = await listen('127.0.0.2');
    for (const answer of [
      ['127.0.0.2', forbidden],
      [forbidden, '127.0.0.2'],
    ]) {
      const { dialer } = dialerWith(answer);
      const target = { host: NAME, port: listener.port, purpose: 'connector' } as const;
      expect(await refusal(dialer.connect(target, NEVER))).toContain(forbidden);
    }
    expect(listener.count()).toBe(0);
  });

  it('is reached at the next address when one refuses', async () => {
    const { port } = await listen('127.0.0.3');
    const { dialer } = dialerWith(['127.0.0.2', '127.0.0.3']);

    const socket = remember(await dialer.connect({ host: NAME, port, purpose: 'connector' }, NEVER));

    expect(socket.remoteAddress).toBe('127.0.0.3');
  });

  it('says what each address answered when none connects', async () => {
    const { port } = await listen('127.0.0.1');
    const { dialer } = dialerWith(['127.0.0.2', '127.0.0.3']);

    const error = await dialer
      .connect({ host: NAME, port, purpose: 'connector' }, NEVER)
      .catch((reason: unknown) => reason);

    expect(wordsOf(error)).toContain(`ECONNREFUSED 127.0.0.2:${port}`);
    expect(wordsOf(error)).toContain(`ECONNREFUSED 127.0.0.3:${port}`);
  });

  it('says so when the name has no address', async () => {
    const { dialer } = dialerWith([]);

    const call = dialer.connect({ host: NAME, port: 5432, purpose: 'connector' }, NEVER);

    await expect(call).rejects.toThrow(`${NAME} has no address`);
  });

  it.each(['0x7f.2', '2130706434', '[::ffff:127.0.0.2%1]', 'a@127.0.0.2', '127.0.0.2.'])(
    'is refused in a spelling that others read differently, before a resolver is asked: %s',
    async (host) => {
      const { dialer, asked } = dialerWith(['127.0.0.2']);

      await refusal(dialer.connect({ host, port: 5432, purpose: 'connector' }, NEVER));

      expect(asked).toEqual([]);
    },
  );

  it('is refused at a port that is none of a system, before a resolver is asked', async () => {
    const { dialer, asked } = dialerWith(['127.0.0.2']);

    const message = await refusal(dialer.connect({ host: NAME, port: 22, purpose: 'connector' }, NEVER));

    expect(message).toBe(`${NAME}:22 is not dialled: port 22 is not among PROVOST_DIALER_PORTS.`);
    expect(asked).toEqual([]);
  });

  it('is given up when the caller gives up, though the resolver never answers', async () => {
    const dialer = new Dialer({
      allow: [],
      deny: [],
      ports: ['5432'],
      isProduction: false,
      resolve: () => new Promise(() => undefined),
    });
    const caller = new AbortController();
    const call = dialer.connect({ host: NAME, port: 5432, purpose: 'connector' }, caller.signal);
    caller.abort(new Error('no longer needed'));

    await expect(call).rejects.toThrow('no longer needed');
  });

  it.each(['localhost', 'LOCALHOST.', 'db.localhost'])(
    'is refused before a resolver is asked when it is this machine and that is forbidden: %s',
    (host) => {
      const target = { host, port: 5432, purpose: 'connector' } as const;
      const refusalWith = (...allow: string[]): string | undefined =>
        new Dialer({ allow, deny: [], ports: ['5432'], isProduction: true }).refusalOf(target);

      expect(refusalWith()).toContain('PROVOST_DIALER_ALLOW must open in production');
      expect(refusalWith(host)).toBeUndefined();
      expect(refusalWith('127.0.0.0/8')).toBeUndefined();
      expect(refusalWith('::1')).toBeUndefined();
    },
  );

  it('is found as the machine finds it', async () => {
    const { port } = await listen('127.0.0.1');
    const dialer = new Dialer({ allow: [], deny: [], ports: ['1-65535'], isProduction: false });

    const target = { host: 'localhost', port, purpose: 'connector', staysLocal: true } as const;
    const socket = remember(await dialer.connect(target, NEVER));

    expect(socket.remotePort).toBe(port);
  });
});

describe('a socket for a library that connects by itself', () => {
  it('reaches the address that was checked', async () => {
    const checked = await listen('127.0.0.2');
    const other = await listen('127.0.0.1', checked.port);
    const { dialer, asked } = dialerWith(['127.0.0.2'], ['127.0.0.1']);

    const socket = remember(dialer.socket({ purpose: 'connector' }));
    socket.connect(checked.port, NAME);
    await once(socket, 'connect');

    expect([socket.remoteAddress, asked, other.count()]).toEqual(['127.0.0.2', [NAME], 0]);
  });

  it('ends with the refusal, whatever it is told to connect to', async () => {
    const { dialer } = dialerWith(['127.0.0.1'], ['127.0.0.1']);
    const outcome = async (connect: (socket: Socket) => unknown): Promise<unknown> => {
      const socket = remember(dialer.socket({ purpose: 'connector' }));
      connect(socket);
      const [error] = (await once(socket, 'close').then(
        () => ['nothing'],
        (reason: unknown) => [reason],
      )) as [unknown];
      return error;
    };

    const { port } = await listen('127.0.0.1');
    expect(await outcome((socket) => socket.connect(port, NAME))).toBeInstanceOf(DialRefusedError);
    expect(await outcome((socket) => socket.connect({ port, host: '127.0.0.1' }))).toBeInstanceOf(
      DialRefusedError,
    );
    expect(await outcome((socket) => socket.connect('/var/run/postgresql/.s.PGSQL.5432'))).toBeInstanceOf(
      DialRefusedError,
    );
  });

  it('does not come to life again when it was destroyed while its name was looked up', async () => {
    const listener = await listen('127.0.0.2');
    let answer: (addresses: string[]) => void = () => undefined;
    const dialer = new Dialer({
      allow: ['127.0.0.2'],
      deny: [],
      ports: ['1-65535'],
      isProduction: true,
      resolve: () => new Promise((resolve) => (answer = resolve)),
    });
    const socket = dialer.socket({ purpose: 'connector' });
    socket.on('error', () => undefined).connect(listener.port, NAME);
    const closed = once(socket, 'close');
    socket.destroy();
    await closed;
    answer(['127.0.0.2']);
    // A connection that began now would be accepted before one that begins later and is greeted.
    const later = remember(dialer.socket({ purpose: 'connector' }));
    later.connect(listener.port, '127.0.0.2');
    await once(later, 'data');

    expect([socket.destroyed, listener.count()]).toEqual([true, 1]);
  });
});
