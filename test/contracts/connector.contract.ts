// What every connector owes the core, exercised against a real server behind a proxy that loses what it is told to.
import { createHash, randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  type Attributes,
  type AttributeValue,
  type Connector,
  type ConnectorContext,
  ConnectorError,
  type ObjectRef,
} from '../../src/provisioning/index.js';
import type { LossyProxy } from '../support/lossy-proxy.js';

export interface OpenOptions {
  readonly port?: number;
  readonly password?: string;
  readonly callTimeoutMs?: number;
  readonly poolSize?: number;
}

/** One real server with its connector's kind, and how its objects look. */
export interface ConnectorBundle {
  /** Stands between the connector and the server. */
  readonly proxy: LossyProxy;
  readonly password: string;
  /** A connector to the server through the proxy, or to another port. */
  open(options: OpenOptions, log: ConnectorContext['log']): Connector;
  readonly objectClass: string;
  /** The identifier of the object with this name. */
  identifier(name: string): string;
  /** Attributes that every object needs. */
  readonly required: Attributes;
  /** Names of optional attributes: one text value, several text values, bytes. */
  readonly attributes: { readonly text: string; readonly texts: string; readonly bytes: string };
  /** Whether objects have an id of the system's own. */
  readonly hasNativeIds: boolean;
  stopServer(): Promise<void>;
  startServer(): Promise<void>;
  /** A port on which nobody listens. */
  freePort(): Promise<number>;
  close(): Promise<void>;
}

const NEVER = new AbortController().signal;
const QUICKLY_MS = 2_000;

const HOSTILE: readonly string[] = [
  ' leading and trailing ',
  '#hash',
  `quotes ' " \` and \\ backslash \\`,
  ',+"\\<>;=',
  '\\2C\\00',
  '*)(uid=*',
  "'; drop table people; --",
  '$1 ${1} %s {a,b} {"c"} NULL \\x41',
  'line\r\nbreak\ttab',
  'שלום ‏RTL‏ مرحبا',
  '👩‍👩‍👧 ünïcödé ﬀ',
  '\uFEFFbyte order mark',
  '__proto__',
];

/** Declares the suite; call it at the top level of a spec. */
export function exerciseConnector(name: string, setup: () => Promise<ConnectorBundle>): void {
  describe(`connector contract: ${name}`, () => {
    let bundle: ConnectorBundle;
    let connector: Connector;
    const opened: Connector[] = [];
    const logged: string[] = [];

    const open = (options: OpenOptions = {}): Connector => {
      const one = bundle.open(options, (fields, message) => logged.push(inspect(fields), message));
      opened.push(one);
      return one;
    };
    const uniqueName = (): string => `n${randomBytes(6).toString('hex')}`;
    const create = (attributes: Attributes = {}, id = bundle.identifier(uniqueName())): Promise<ObjectRef> =>
      connector.create(bundle.objectClass, id, { ...bundle.required, ...attributes }, NEVER);
    const read = async (ref: ObjectRef): Promise<Attributes | undefined> => {
      const names = [...Object.keys(bundle.required), ...Object.values(bundle.attributes)];
      const found = await connector.read(bundle.objectClass, ref, names, NEVER);
      return found?.attributes;
    };
    /** The error of a call that must fail. */
    const failure = async (call: Promise<unknown>): Promise<ConnectorError> => {
      const outcome = await call.then(
        () => 'success',
        (error: unknown) => error,
      );
      if (!(outcome instanceof ConnectorError)) throw new Error('not a ConnectorError', { cause: outcome });
      return outcome;
    };
    const byName = (id: string): ObjectRef => ({ identifier: id, nativeId: null });

    beforeAll(async () => {
      bundle = await setup();
    }, 60_000);
    afterAll(() => bundle.close());
    beforeEach(async () => {
      connector = open();
      // Everything that a connector asks once is asked now: what follows is the call itself.
      const ref = await create();
      await connector.delete(bundle.objectClass, ref, NEVER);
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((one) => one.close()));
    });

    describe('an object', () => {
      it('is created, read, and found by its id and by its identifier', async () => {
        const identifier = bundle.identifier(uniqueName());
        const ref = await create({ [bundle.attributes.text]: ['first'] }, identifier);

        const byId = await connector.read(bundle.objectClass, ref, [bundle.attributes.text], NEVER);
        const byIdentifier = await connector.read(bundle.objectClass, byName(identifier), [], NEVER);

        expect(ref.nativeId !== null).toBe(bundle.hasNativeIds);
        expect(byId).toMatchObject({
          nativeId: ref.nativeId,
          attributes: { [bundle.attributes.text]: ['first'] },
        });
        expect(byIdentifier).toMatchObject({ nativeId: ref.nativeId, attributes: {} });
        expect(connector.isSameIdentifier(byId?.identifier ?? '', identifier)).toBe(true);
      });

      it('is null when it is not there', async () => {
        const ref = await create();
        await connector.delete(bundle.objectClass, ref, NEVER);

        const byId = await connector.read(bundle.objectClass, ref, [], NEVER);
        const byIdentifier = await connector.read(bundle.objectClass, byName(ref.identifier), [], NEVER);

        expect([byId, byIdentifier]).toEqual([null, null]);
      });

      it('takes replaced, added, removed and cleared values in one update', async () => {
        const { text, texts, bytes } = bundle.attributes;
        const ref = await create({ [text]: ['old'], [texts]: ['a', 'b'], [bytes]: [Buffer.from('photo')] });

        const after = await connector.update(
          bundle.objectClass,
          ref,
          [
            { attribute: text, replace: ['new'] },
            { attribute: texts, add: ['c', 'd'], remove: ['a'] },
            { attribute: bytes, replace: [] },
          ],
          NEVER,
        );

        const attributes = await read(ref);
        expect(after).toEqual(ref);
        expect(attributes?.[text]).toEqual(['new']);
        expect(new Set(attributes?.[texts])).toEqual(new Set(['b', 'c', 'd']));
        expect(attributes?.[bytes]).toBeUndefined();
      });

      it('keeps its other values when one is removed or added alone', async () => {
        const { texts } = bundle.attributes;
        const ref = await create({ [texts]: ['a', 'b'] });

        await connector.update(
          bundle.objectClass,
          ref,
          [{ attribute: texts, add: [], remove: ['a'] }],
          NEVER,
        );
        await connector.update(
          bundle.objectClass,
          ref,
          [{ attribute: texts, add: ['c'], remove: [] }],
          NEVER,
        );
        await connector.update(bundle.objectClass, ref, [{ attribute: texts, add: [], remove: [] }], NEVER);

        expect(new Set((await read(ref))?.[texts])).toEqual(new Set(['b', 'c']));
      });

      it('loses an attribute with its last value, and clearing it again is no error', async () => {
        const { texts } = bundle.attributes;
        const ref = await create({ [texts]: ['a'] });

        await connector.update(
          bundle.objectClass,
          ref,
          [{ attribute: texts, add: [], remove: ['a'] }],
          NEVER,
        );
        await connector.update(bundle.objectClass, ref, [{ attribute: texts, replace: [] }], NEVER);

        expect((await read(ref))?.[texts]).toBeUndefined();
      });

      it('keeps its id and values under another identifier', async () => {
        const ref = await create({ [bundle.attributes.text]: ['kept'] });
        const identifier = bundle.identifier(uniqueName());

        const renamed = await connector.rename(bundle.objectClass, ref, identifier, NEVER);

        expect(renamed).toEqual({ identifier, nativeId: ref.nativeId });
        expect((await read(renamed))?.[bundle.attributes.text]).toEqual(['kept']);
        expect(await connector.read(bundle.objectClass, byName(ref.identifier), [], NEVER)).toBeNull();
      });

      it('cannot be created or renamed where another one is', async () => {
        const [one, other] = [await create(), await create()];

        const created = await failure(create({}, one.identifier));
        const renamed = await failure(connector.rename(bundle.objectClass, other, one.identifier, NEVER));

        expect(created).toMatchObject({ code: 'already-exists', effect: 'none' });
        expect(renamed).toMatchObject({ code: 'already-exists', effect: 'none' });
      });

      it('cannot be changed, renamed or deleted once it is gone', async () => {
        const ref = await create();
        await connector.delete(bundle.objectClass, ref, NEVER);
        const delta = { attribute: bundle.attributes.text, replace: ['x'] };

        const errors = [
          await failure(connector.delete(bundle.objectClass, ref, NEVER)),
          await failure(connector.update(bundle.objectClass, ref, [delta], NEVER)),
          await failure(connector.rename(bundle.objectClass, ref, bundle.identifier(uniqueName()), NEVER)),
        ];

        for (const error of errors) expect(error).toMatchObject({ code: 'not-found', effect: 'none' });
      });
    });

    describe('values', () => {
      it.each([
        [
          'a JPEG',
          Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), randomBytes(40_000), Buffer.from('ffd9', 'hex')]),
        ],
        ['bytes that are UTF-8 by chance', Buffer.from('plain text, ünïcödé')],
        ['zero bytes', Buffer.alloc(1000)],
        ['an escaped form of other bytes', Buffer.from('\\x414243')],
        ['a megabyte', randomBytes(1024 * 1024)],
      ])('come back byte by byte: %s', async (_what, bytes) => {
        const { bytes: attribute } = bundle.attributes;
        const ref = await create({ [attribute]: [new Uint8Array(bytes)] });
        const created = (await read(ref))?.[attribute]?.[0];
        await connector.update(bundle.objectClass, ref, [{ attribute, replace: [bytes] }], NEVER);
        const updated = (await read(ref))?.[attribute]?.[0];

        expect(digest(created)).toBe(digest(bytes));
        expect(digest(updated)).toBe(digest(bytes));
      });

      it('come back letter by letter, whatever they look like', async () => {
        const { texts } = bundle.attributes;
        const long = 'ü'.repeat(32 * 1024);
        const ref = await create({ [texts]: [...HOSTILE, long] });
        const created = (await read(ref))?.[texts];
        await connector.update(bundle.objectClass, ref, [{ attribute: texts, replace: ['x'] }], NEVER);
        const adding = { attribute: texts, add: [...HOSTILE, long], remove: ['x'] };
        await connector.update(bundle.objectClass, ref, [adding], NEVER);
        const added = (await read(ref))?.[texts];

        expect(new Set(created)).toEqual(new Set([...HOSTILE, long]));
        expect(new Set(added)).toEqual(new Set([...HOSTILE, long]));
      });

      it('are known as they will be read before they are written', async () => {
        const { text, texts, bytes } = bundle.attributes;
        const given = { [text]: ['one'], [texts]: HOSTILE, [bytes]: [new Uint8Array([0, 255])] };
        const identifier = bundle.identifier(uniqueName());
        const stored = (await connector.asStored?.(bundle.objectClass, identifier, given, NEVER)) ?? {
          identifier,
          attributes: given,
        };
        const ref = await create(given, identifier);
        const found = await read(ref);

        expect(connector.isSameIdentifier(stored.identifier, ref.identifier)).toBe(true);
        for (const attribute of Object.keys(given))
          expect(new Set(stored.attributes[attribute])).toEqual(new Set(found?.[attribute]));
      });

      it.each(HOSTILE)('may be part of an identifier: %j', async (text) => {
        const identifier = bundle.identifier(`${text}${uniqueName()}${text}`);
        const other = bundle.identifier(`${text}${uniqueName()}${text}`);

        const ref = await create({}, identifier);
        const found = await connector.read(bundle.objectClass, byName(identifier), [], NEVER);
        const renamed = await connector.rename(bundle.objectClass, ref, other, NEVER);
        await connector.delete(bundle.objectClass, byName(renamed.identifier), NEVER);

        expect(found?.nativeId).toBe(ref.nativeId);
        expect(connector.isSameIdentifier(found?.identifier ?? '', identifier)).toBe(true);
        expect(connector.isSameIdentifier(identifier, other)).toBe(false);
        expect(await connector.read(bundle.objectClass, ref, [], NEVER)).toBeNull();
      });

      it.each([
        ['NUL', 'a\u0000b'],
        ['half a character', 'a\ud83d'],
      ])('with %s are refused before anything is sent', async (_what, value) => {
        const { text } = bundle.attributes;
        const ref = await create();
        const sent = bundle.proxy.received.length;

        const errors = [
          await failure(create({ [text]: [value] })),
          await failure(
            connector.update(bundle.objectClass, ref, [{ attribute: text, replace: [value] }], NEVER),
          ),
          await failure(create({}, bundle.identifier(value))),
          await failure(connector.rename(bundle.objectClass, ref, bundle.identifier(value), NEVER)),
        ];

        for (const error of errors)
          expect(error).toMatchObject({ code: 'invalid-attribute', effect: 'none' });
        expect(errors.slice(0, 2).map((error) => error.attribute)).toEqual([text, text]);
        expect(bundle.proxy.received.length).toBe(sent);
      });

      it('of an unknown attribute are refused by its name', async () => {
        const ref = await create();

        const created = await failure(create({ noSuchThing: ['x'] }));
        const deltas = [{ attribute: 'noSuchThing', replace: ['x'] }];
        const updated = await failure(connector.update(bundle.objectClass, ref, deltas, NEVER));

        for (const error of [created, updated]) {
          expect(error).toMatchObject({
            code: 'invalid-attribute',
            attribute: 'noSuchThing',
            effect: 'none',
          });
        }
      });
    });

    describe('the system', () => {
      it('is tested by a real login', async () => {
        await expect(connector.test(NEVER)).resolves.toContain(String(bundle.proxy.port));
      });

      it('tells which attributes are required, multi-valued and binary', async () => {
        const found = await connector.schema(bundle.objectClass, NEVER);
        const find = (wanted: string) => found.attributes.find((attribute) => attribute.name === wanted);
        const { text, texts, bytes } = bundle.attributes;

        expect(found.name).toBe(bundle.objectClass);
        expect(find(text)).toEqual({ name: text, isRequired: false, isMultivalued: false, isBinary: false });
        expect(find(texts)).toMatchObject({ isMultivalued: true, isBinary: false });
        expect(find(bytes)).toMatchObject({ isBinary: true });
        for (const required of Object.keys(bundle.required)) expect(find(required)?.isRequired).toBe(true);
      });

      it('is misconfigured when it has no such object class', async () => {
        const scan = async (): Promise<void> => {
          for await (const _ of connector.search('noSuchClass', [], NEVER));
        };

        const errors = [await failure(connector.schema('noSuchClass', NEVER)), await failure(scan())];

        for (const error of errors) expect(error).toMatchObject({ code: 'misconfigured', effect: 'none' });
      });

      it('is unreachable, quickly and without effect, where nobody listens', async () => {
        connector = open({ port: await bundle.freePort() });
        const began = performance.now();

        const errors = [
          await failure(connector.test(NEVER)),
          await failure(connector.read(bundle.objectClass, byName(bundle.identifier('x')), [], NEVER)),
          await failure(create()),
        ];

        for (const error of errors) expect(error).toMatchObject({ code: 'unreachable', effect: 'none' });
        expect(performance.now() - began).toBeLessThan(QUICKLY_MS);
      });

      it.each(['a-wrong-Password-93ac', ''])(
        'refuses a wrong password without telling it: "%s"',
        async (wrong) => {
          connector = open({ password: wrong });

          const errors = [await failure(connector.test(NEVER)), await failure(create())];

          for (const error of errors) {
            expect(error).toMatchObject({ code: 'invalid-credentials', effect: 'none' });
            expectNoSecret(
              [...everythingIn(error), ...logged, inspect(connector, { depth: 9, showHidden: true })],
              [bundle.password, ...(wrong === '' ? [] : [wrong])],
            );
          }
        },
      );

      it('shows no password in any other error or log line', async () => {
        const errors = [
          await failure(create({ noSuchThing: ['x'] })),
          await failure(open({ port: await bundle.freePort() }).test(NEVER)),
        ];

        expectNoSecret([...errors.flatMap(everythingIn), ...logged], [bundle.password]);
      });

      it('streams all of several hundred objects, each once', async () => {
        const marker = uniqueName();
        const names = Array.from({ length: 500 }, (_, index) => `${marker}-${index}`);
        const { text } = bundle.attributes;
        const refs = await inParallel(names, (one) => create({ [text]: [one] }, bundle.identifier(one)));

        const found: string[] = [];
        for await (const object of connector.search(bundle.objectClass, [text], NEVER)) {
          const value = object.attributes[text]?.[0];
          if (typeof value === 'string' && value.startsWith(marker))
            found.push(`${value} ${object.nativeId}`);
        }

        expect(found.sort()).toEqual(
          names.map((one, index) => `${one} ${refs[index]?.nativeId ?? null}`).sort(),
        );
      }, 60_000);

      it('can be left in the middle of a search and asked again', async () => {
        await inParallel(Array.from({ length: 3 }), () => create());

        for (let round = 0; round < 5; round += 1) {
          for await (const _ of connector.search(bundle.objectClass, [], NEVER)) break;
        }

        expect(await read(await create())).toBeDefined();
      });

      it('serves many calls at once with the connections it is allowed', async () => {
        const single = open({ poolSize: 2 });
        connector = single;
        let most = 0;

        const before = bundle.proxy.connectionCount;
        await inParallel(Array.from({ length: 30 }), async () => {
          await create();
          most = Math.max(most, bundle.proxy.connectionCount - before);
        });

        expect(most).toBe(2);
      });
    });

    describe('trouble', () => {
      const changes = (): Record<string, (ref: ObjectRef) => Promise<unknown>> => ({
        create: (ref) => create({}, ref.identifier.replace('old', 'new')),
        update: (ref) =>
          connector.update(
            bundle.objectClass,
            ref,
            [{ attribute: bundle.attributes.text, replace: ['new'] }],
            NEVER,
          ),
        rename: (ref) =>
          connector.rename(bundle.objectClass, ref, ref.identifier.replace('old', 'new'), NEVER),
        delete: (ref) => connector.delete(bundle.objectClass, ref, NEVER),
      });
      const isApplied = async (kind: string, ref: ObjectRef): Promise<boolean> => {
        const renamed = byName(ref.identifier.replace('old', 'new'));
        if (kind === 'delete') return (await read(ref)) === undefined;
        if (kind === 'update') return (await read(ref))?.[bundle.attributes.text]?.[0] === 'new';
        return (await read(renamed)) !== undefined;
      };
      const kinds = ['create', 'update', 'rename', 'delete'];

      it.each(kinds)('%s: a lost answer leaves the effect unknown, and it was applied', async (kind) => {
        const ref = await create(
          { [bundle.attributes.text]: ['old'] },
          bundle.identifier(`old${uniqueName()}`),
        );
        const lost = bundle.proxy.loseNextReply();

        const error = await failure(changes()[kind]?.(ref) ?? Promise.resolve());
        await lost;

        expect(error).toMatchObject({ code: 'unreachable', effect: 'unknown' });
        expect(await isApplied(kind, ref)).toBe(true);
      });

      it.each(kinds)(
        '%s: a lost request was not applied, and the error does not say it was',
        async (kind) => {
          const ref = await create(
            { [bundle.attributes.text]: ['old'] },
            bundle.identifier(`old${uniqueName()}`),
          );
          const lost = bundle.proxy.loseNextRequest();

          const error = await failure(changes()[kind]?.(ref) ?? Promise.resolve());
          await lost;

          expect(error.code).toBe('unreachable');
          expect(await isApplied(kind, ref)).toBe(false);
        },
      );

      it('a read that gets no answer has no effect', async () => {
        const ref = await create();
        const lost = bundle.proxy.loseNextReply();

        const error = await failure(connector.read(bundle.objectClass, ref, [], NEVER));
        await lost;

        expect(error).toMatchObject({ code: 'unreachable', effect: 'none' });
      });

      it('a search that is cut off throws instead of ending', async () => {
        await create();
        const scan = async (): Promise<number> => {
          let count = 0;
          for await (const _ of connector.search(bundle.objectClass, [], NEVER)) {
            if (count === 0) await bundle.proxy.stop();
            count += 1;
          }
          return count;
        };

        const outcome = await inParallel(Array.from({ length: 250 }), () => create())
          .then(scan)
          .catch((error: unknown) => error);
        await bundle.proxy.listen();

        expect(outcome).toBeInstanceOf(ConnectorError);
      });

      it('the caller ends a hanging change at once, with an unknown effect', async () => {
        const caller = new AbortController();
        const held = bundle.proxy.holdNextReply();
        const call = failure(
          connector.create(
            bundle.objectClass,
            bundle.identifier(uniqueName()),
            bundle.required,
            caller.signal,
          ),
        );
        await held;

        const began = performance.now();
        caller.abort(new Error('the lease is over'));
        const error = await call;

        expect(error).toMatchObject({ code: 'timeout', effect: 'unknown' });
        expect(error.message).toContain('the lease is over');
        expect(performance.now() - began).toBeLessThan(QUICKLY_MS);
        expect(await read(await create())).toBeDefined();
      });

      it('a hanging read ends by its own deadline', async () => {
        connector = open({ callTimeoutMs: 400 });
        const ref = await create();
        const held = bundle.proxy.holdNextReply();
        const began = performance.now();

        const error = await failure(connector.read(bundle.objectClass, ref, [], NEVER));
        await held;

        expect(error).toMatchObject({ code: 'timeout', effect: 'none' });
        expect(performance.now() - began).toBeLessThan(QUICKLY_MS);
      });

      it('a call that is over before it began does nothing', async () => {
        const over = AbortSignal.abort(new Error('too late'));
        const identifier = bundle.identifier(uniqueName());
        const sent = bundle.proxy.received.length;

        const error = await failure(connector.create(bundle.objectClass, identifier, bundle.required, over));

        expect(error).toMatchObject({ code: 'timeout', effect: 'none' });
        expect(bundle.proxy.received.length).toBe(sent);
      });

      it('a call that waits for a connection can be ended', async () => {
        connector = open({ poolSize: 1 });
        const ref = await create();
        const caller = new AbortController();
        const held = bundle.proxy.holdNextReply();
        const hanging = connector
          .read(bundle.objectClass, ref, [], caller.signal)
          .catch((error: unknown) => error);
        await held;
        const waiter = new AbortController();
        const waiting = failure(
          connector.create(
            bundle.objectClass,
            bundle.identifier(uniqueName()),
            bundle.required,
            waiter.signal,
          ),
        );

        waiter.abort(new Error('no more time'));
        const error = await waiting;
        caller.abort(new Error('enough'));
        await hanging;

        expect(error).toMatchObject({ code: 'timeout', effect: 'none' });
        expect(await read(ref)).toBeDefined();
      });

      it('a server that was stopped and started again is used again, logged in', async () => {
        const ref = await create();
        await bundle.stopServer();
        const down = await failure(connector.read(bundle.objectClass, ref, [], NEVER));
        await bundle.startServer();

        const found = await connector.read(bundle.objectClass, ref, [], NEVER);
        const another = await create();

        expect(down).toMatchObject({ code: 'unreachable', effect: 'none' });
        expect(found).not.toBeNull();
        expect(await read(another)).toBeDefined();
      }, 30_000);

      it('connections that broke while idle are replaced', async () => {
        const ref = await create();
        await bundle.proxy.stop();
        await bundle.proxy.listen();

        expect(await read(ref)).toBeDefined();
      });

      it('a closed connector takes no calls', async () => {
        await connector.close();

        await expect(create()).rejects.toBeInstanceOf(ConnectorError);
      });
    });
  });
}

function digest(value: AttributeValue | undefined): string {
  if (value === undefined || typeof value === 'string') return `not bytes: ${String(value).slice(0, 20)}`;
  return createHash('sha256').update(value).digest('hex');
}

/** Eight at a time. */
async function inParallel<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...items.entries()];
  const worker = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      results[next[0]] = await work(next[1]);
    }
  };
  await Promise.all(Array.from({ length: 8 }, worker));
  return results;
}

function everythingIn(error: unknown): string[] {
  const texts = [inspect(error, { depth: 12, showHidden: true }), JSON.stringify(error) ?? ''];
  if (error instanceof Error) texts.push(error.message, error.stack ?? '', ...everythingIn(error.cause));
  return texts;
}

function expectNoSecret(texts: readonly string[], secrets: readonly string[]): void {
  for (const secret of secrets) expect(texts.filter((text) => text.includes(secret))).toEqual([]);
}
