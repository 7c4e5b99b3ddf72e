import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { AttachmentGoneError } from '../../../src/registry/index.js';
import { actor, aJpeg, pieces, type RegistryBundle, startRegistry } from './registry.fixture.js';

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

async function* broken(): AsyncGenerator<Buffer> {
  yield aJpeg(300_000);
  throw new Error('aborted');
}

const spooled = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('provost-upload-'));

function aSignal(): { given: Promise<void>; give: () => void } {
  const signal = { give: (): void => undefined };
  const given = new Promise<void>((resolve) => {
    signal.give = resolve;
  });
  return { given, give: () => signal.give() };
}

describe('attachments', () => {
  let registry: RegistryBundle;

  beforeAll(async () => {
    registry = await startRegistry();
    for (const code of ['photo', 'scan']) {
      await registry.attributes.create(actor, {
        entityType: 'identity',
        code,
        name: code,
        type: 'attachment',
        mediaTypes: ['image/jpeg'],
      });
    }
  });

  beforeEach(async () => {
    for (const { id } of await registry.database.query<{ id: string }>(
      'select id from registry_identities',
    )) {
      await registry.identities.delete(actor, id);
    }
    await registry.announced();
  });

  afterAll(() => registry.close());

  async function people(count: number): Promise<string[]> {
    const ids: string[] = [];
    for (let index = 0; index < count; index += 1) {
      const login = `${index}-${randomBytes(4).toString('hex')}`;
      ids.push((await registry.identities.create(actor, { login, givenName: 'A', surname: 'B' })).id);
    }
    await registry.announced();
    return ids;
  }

  const put = (id: string, bytes: Buffer, code = 'photo'): Promise<unknown> =>
    registry.values.put(actor, id, code, pieces(bytes));

  async function readBack(id: string, code = 'photo'): Promise<Buffer> {
    return registry.attachments.read((await registry.values.get(id, code)).sha256);
  }

  /** No attachment without a value, no value without its whole attachment. */
  async function expectConsistent(): Promise<void> {
    const orphans = await registry.database.query(
      'select from registry_attachments where sha256 not in (select sha256 from registry_form_values)',
    );
    expect(orphans).toHaveLength(0);
    const values = await registry.database.query<{ sha256: string }>(
      `select distinct encode(sha256, 'hex') as sha256 from registry_form_values`,
    );
    for (const { sha256 } of values) expect(sha256Of(await registry.attachments.read(sha256))).toBe(sha256);
  }

  it.each([4, 65_536, 262_143, 262_144, 262_145, 524_288, 1_000_003])(
    'of %d bytes come back byte for byte',
    async (size) => {
      const [id = ''] = await people(1);
      const bytes = aJpeg(size);
      await put(id, bytes);
      expect((await readBack(id)).equals(bytes)).toBe(true);
      expect(await registry.values.get(id, 'photo')).toMatchObject({
        sha256: sha256Of(bytes),
        sizeBytes: size,
      });
    },
  );

  it('with the same bytes are stored once, and stay until the last reference goes', async () => {
    const [first = '', second = ''] = await people(2);
    const bytes = aJpeg(600_000);
    await put(first, bytes);
    await put(second, bytes);
    await put(second, bytes, 'scan');
    expect(await registry.stored()).toEqual({ attachments: 1, chunks: 3, values: 3 });
    await registry.values.clear(actor, second, 'photo');
    await registry.identities.delete(actor, first);
    expect((await readBack(second, 'scan')).equals(bytes)).toBe(true);
    await put(second, aJpeg(100, 1), 'scan');
    expect(await registry.stored()).toEqual({ attachments: 1, chunks: 1, values: 1 });
    await registry.values.clear(actor, second, 'scan');
    expect(await registry.stored()).toEqual({ attachments: 0, chunks: 0, values: 0 });
  });

  it('uploaded by twenty people at once are stored once', async () => {
    const ids = await people(20);
    const bytes = aJpeg(600_000, 3);
    await Promise.all(ids.map((id) => put(id, bytes)));
    expect(await registry.stored()).toEqual({ attachments: 1, chunks: 3, values: 20 });
    await expectConsistent();
    await Promise.all(ids.map((id) => registry.values.clear(actor, id, 'photo')));
    expect(await registry.stored()).toEqual({ attachments: 0, chunks: 0, values: 0 });
  });

  it('survive everybody putting, exchanging, clearing and deleting the same few at once', async () => {
    const files = [aJpeg(300_000, 1), aJpeg(300_000, 2), aJpeg(10, 3)];
    const ids = await people(8);
    const doomed = ids.slice(6);
    await Promise.all(
      ids.map(async (id, person) => {
        for (let turn = 0; turn < 12; turn += 1) {
          const code = turn % 2 === 0 ? 'photo' : 'scan';
          const file = files[(person * 7 + turn * (person % 2 === 0 ? 1 : 2)) % 3] ?? Buffer.alloc(0);
          if ((turn + person) % 5 === 4) await registry.values.clear(actor, id, code);
          else await put(id, file, code);
        }
        if (doomed.includes(id)) await registry.identities.delete(actor, id);
      }),
    );
    await expectConsistent();
    for (const id of ids.slice(0, 6)) await registry.identities.delete(actor, id);
    expect(await registry.stored()).toEqual({ attachments: 0, chunks: 0, values: 0 });
  });

  it('change nothing when the bytes are equal', async () => {
    const [id = ''] = await people(1);
    const before = await registry.values.put(actor, id, 'photo', pieces(aJpeg(1000)));
    expect(await registry.announced()).toEqual([`identity ${id}`]);
    const audited = await registry.database.query('select from audit_records');
    expect(await registry.values.put(actor, id, 'photo', pieces(aJpeg(1000)))).toEqual(before);
    expect(await registry.announced()).toEqual([]);
    expect(await registry.database.query('select from audit_records')).toHaveLength(audited.length);
  });

  it('leave nothing when the sender stops', async () => {
    const [id = ''] = await people(1);
    await put(id, aJpeg(1000, 7));
    await registry.announced();
    await expect(registry.values.put(actor, id, 'photo', broken())).rejects.toMatchObject({
      type: '/problems/registry/upload-broken',
      status: 400,
    });
    expect(await registry.announced()).toEqual([]);
    expect((await readBack(id)).equals(aJpeg(1000, 7))).toBe(true);
    expect(await registry.stored()).toEqual({ attachments: 1, chunks: 1, values: 1 });
  });

  it('are refused as soon as they are too large', async () => {
    const [id = ''] = await people(1);
    let sent = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        sent += 1_048_576;
        yield aJpeg(1_048_576);
      }
    }
    await expect(registry.values.put(actor, id, 'photo', endless())).rejects.toMatchObject({ status: 413 });
    expect(sent).toBe(11 * 1_048_576);
    expect(await registry.stored()).toEqual({ attachments: 0, chunks: 0, values: 0 });
  });

  it('that arrive slowly hold no connection to the database', async () => {
    const ids = await people(12);
    let begun = 0;
    const allBegun = aSignal();
    const released = aSignal();
    async function* slow(): AsyncGenerator<Buffer> {
      yield aJpeg(1000);
      begun += 1;
      if (begun === ids.length) allBegun.give();
      await released.given;
    }
    // More than the pool has connections.
    const uploads = ids.map((id) => registry.values.put(actor, id, 'photo', slow()));
    await allBegun.given;
    expect(await registry.values.list(ids[0] ?? '')).toEqual([]);
    released.give();
    await Promise.all(uploads);
    expect(await registry.stored()).toEqual({ attachments: 1, chunks: 1, values: 12 });
  });

  it('leave no file behind', async () => {
    const [id = ''] = await people(1);
    const seen: string[][] = [];
    async function* watched(): AsyncGenerator<Buffer> {
      yield aJpeg(300_000);
      seen.push(spooled());
    }
    await registry.values.put(actor, id, 'photo', watched());
    expect(seen).toEqual([[]]);
  });

  it('whose value was deleted meanwhile are not given to an identity that is gone', async () => {
    const [id = ''] = await people(1);
    async function* overtaken(): AsyncGenerator<Buffer> {
      yield aJpeg(1000);
      await registry.identities.delete(actor, id);
    }
    await expect(registry.values.put(actor, id, 'photo', overtaken())).rejects.toMatchObject({ status: 404 });
    expect(await registry.stored()).toEqual({ attachments: 0, chunks: 0, values: 0 });
  });

  it('that are damaged or gone are never given out as whole', async () => {
    const [id = ''] = await people(1);
    await put(id, aJpeg(600_000));
    const { sha256 } = await registry.values.get(id, 'photo');
    await registry.database.query(
      'update registry_attachment_chunks set bytes = set_byte(bytes, 0, 1) where ordinal = 1',
    );
    await expect(registry.attachments.read(sha256)).rejects.toThrow('damaged');
    const stream = registry.attachments.stream(sha256);
    await stream.next();
    await registry.values.clear(actor, id, 'photo');
    await expect(stream.next()).rejects.toBeInstanceOf(AttachmentGoneError);
    await expect(registry.attachments.read(sha256)).rejects.toBeInstanceOf(AttachmentGoneError);
  });
});
