import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ran, runClient } from '../../../test/support/client.js';
import {
  answerProblem,
  type Script,
  type ScriptedService,
  startScriptedService,
} from '../../../test/support/scripted-service.js';

const LOGIN: Script = {
  'POST /api/v1/auth/login': { accessToken: 'a', expiresIn: 600, refreshToken: 'r' },
  'GET /api/v1/auth/me': { login: 'ota', realm: 'local' },
};
const INTACT = {
  isIntact: true,
  verifiedCount: 3,
  firstPosition: 1,
  lastPosition: 3,
  unsealedCount: 1,
  checkpoint: 'none',
  faults: [],
};

let folder: string;
let service: ScriptedService | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provost-audit-'));
});

afterEach(async () => {
  await service?.close();
  await rm(folder, { recursive: true });
});

async function audit(script: Script, ...args: string[]): Promise<Ran> {
  service = await startScriptedService({ ...LOGIN, ...script });
  const options = { folder, server: service.url };
  await runClient(['login', '--login', 'ota'], { ...options, input: 'secret' });
  return runClient(args, options);
}

describe('audit verify', () => {
  const route = 'POST /api/v1/audit/verifications';

  it('says that the record is intact and how far it goes', async () => {
    const ran = await audit({ [route]: INTACT }, 'audit', 'verify');
    expect(ran).toMatchObject({ code: 0, err: '' });
    expect(ran.out).toMatch(/^Result +intact\nVerified +3, positions 1 to 3\nNot sealed yet +1\n/);
    expect(service?.asked.at(-1)?.body).toEqual({});
  });

  it('ends with 1 and every fault when it is not, and nothing in them reaches the terminal', async () => {
    const faults = [
      { kind: 'edited', position: 2, recordId: 2, detail: 'Record 2 \u001b[2Jwas changed.' },
      { kind: 'tail-cut', position: 4, recordId: null, detail: 'The end is gone.' },
    ];
    const ran = await audit({ [route]: { ...INTACT, isIntact: false, faults } }, 'audit', 'verify');
    expect(ran).toMatchObject({ code: 1, err: '' });
    expect(ran.out).toMatch(/^Result +NOT INTACT$/m);
    expect(ran.out).toContain(String.raw`2      2       edited    Record 2 \x1b[2Jwas changed.`);
    expect(ran.out).toMatch(/^4 +- +tail-cut +The end is gone\.$/m);
  });

  it('takes an answer that does not say so for no proof', async () => {
    expect(await audit({ [route]: { faults: [] } }, 'audit', 'verify')).toMatchObject({ code: 1 });
  });

  it('sends the last line of a file of checkpoints', async () => {
    const file = join(folder, 'checkpoints');
    await writeFile(file, '{"position":1}\n{"position":2}\n\n');
    const ran = await audit({ [route]: INTACT }, 'audit', 'verify', '--checkpoint', file, '--json');
    expect(JSON.parse(ran.out)).toEqual(INTACT);
    expect(service?.asked.at(-1)?.body).toEqual({ checkpoint: '{"position":2}' });
  });

  it('sends nothing when that file is empty or not there', async () => {
    await writeFile(join(folder, 'empty'), '\n');
    for (const file of ['empty', 'none']) {
      const ran = await audit({ [route]: INTACT }, 'audit', 'verify', '--checkpoint', join(folder, file));
      expect(ran).toMatchObject({ code: 2, out: '' });
      expect(service?.asked.map((asked) => asked.route)).not.toContain(route);
      await service?.close();
    }
  });
});

describe('audit export', () => {
  const route = 'GET /api/v1/audit/export';
  const lines = '{"actor":"a\u009b31m"}\n{"actor":"王"}\n';

  /** In two pieces that part a character. */
  const inPieces: Script = {
    [route]: (response) => {
      const bytes = Buffer.from(lines);
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      response.write(bytes.subarray(0, bytes.length - 5), () => response.end(bytes.subarray(-5)));
    },
  };

  it('writes a new file that only its owner can read, byte for byte', async () => {
    const file = join(folder, 'export.ndjson');
    const ran = await audit(inPieces, 'audit', 'export', '--output', file);
    expect(ran).toEqual({ code: 0, out: `2 records are in ${file}.\n`, err: '' });
    expect(await readFile(file, 'utf8')).toBe(lines);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  });

  it('leaves a file alone that is there', async () => {
    const file = join(folder, 'export.ndjson');
    await writeFile(file, 'mine');
    const ran = await audit(inPieces, 'audit', 'export', '--output', file);
    expect(ran).toMatchObject({ code: 2, out: '' });
    expect(await readFile(file, 'utf8')).toBe('mine');
  });

  it('gives the same JSON to standard output, with what a terminal would obey escaped', async () => {
    const { code, out } = await audit(inPieces, 'audit', 'export');
    expect(code).toBe(0);
    expect(out).toBe('{"actor":"a\\u009b31m"}\n{"actor":"王"}\n');
  });

  it('asks for the span that was named', async () => {
    const span = { [`${route}?from=2027-01-01T00%3A00%3A00Z&to=2027-02-01T00%3A00%3A00Z`]: {} };
    const days = ['--from', '2027-01-01T00:00:00Z', '--to', '2027-02-01T00:00:00Z'];
    expect(await audit(span, 'audit', 'export', ...days)).toMatchObject({ code: 0 });
  });

  it.each([
    ['--from', 'yesterday'],
    ['--to', '2027-01-05'],
    ['--to', '2027-13-05T00:00:00Z'],
  ])('says what a timestamp is, and asks nothing: %s %s', async (option, instant) => {
    const { code, out, err } = await audit({}, 'audit', 'export', option, instant);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(`${option} must be a timestamp such as 2027-01-05T00:00:00Z; it is “${instant}”.`);
  });

  it('ends with 4 when the answer breaks off, and leaves no half file', async () => {
    const file = join(folder, 'export.ndjson');
    const broken: Script = {
      [route]: (response) => {
        response.writeHead(200, { 'content-type': 'application/x-ndjson' });
        response.write('{"actor":"a"}\n', () => response.destroy());
      },
    };
    const ran = await audit(broken, 'audit', 'export', '--output', file);
    expect(ran).toMatchObject({ code: 4, out: '', err: expect.stringContaining('not all of it') });
    expect(existsSync(file)).toBe(false);
  });

  it('says why it is refused, and makes no file', async () => {
    const file = join(folder, 'export.ndjson');
    const refused: Script = {
      [route]: (response) => answerProblem(response, { title: 'Not allowed', status: 403 }),
    };
    const ran = await audit(refused, 'audit', 'export', '--output', file);
    expect(ran).toEqual({ code: 1, out: '', err: 'Not allowed (403)\n' });
    expect(existsSync(file)).toBe(false);
  });
});

describe('audit search and show', () => {
  const record = {
    id: 7,
    recordedAt: '2027-01-05T09:12:44.120Z',
    actor: 'local:admin',
    requestId: null,
    operation: 'o41-7',
    action: 'identity.updated',
    objectType: 'identity',
    objectId: 'anna',
    before: { surname: 'Nová' },
    after: { surname: '\u202eSvobodová' },
    position: null,
  };

  it('lists what was done, and asks for what the filters say', async () => {
    const page = { items: [record], next: null };
    const query = 'actor=local%3Aadmin&objectType=identity&limit=50';
    const search = ['audit', 'search', '--actor', 'local:admin', '--object-type', 'identity'];
    const ran = await audit({ [`GET /api/v1/audit?${query}`]: page }, ...search);
    expect(ran.out).toMatch(
      /^7 +2027-01-05 09:12:44Z .* local:admin +identity\.updated +identity anna +o41-7$/m,
    );
  });

  it('shows what was before and after, a value a line', async () => {
    const ran = await audit({ 'GET /api/v1/audit/7': record }, 'audit', 'show', '7');
    expect(ran.out).toMatch(/^Before *\n {2}surname +Nová\nAfter *\n {2}surname +\\u\{202e\}Svobodová$/m);
    expect(ran.out).toMatch(/^Sealed at +not yet$/m);
  });

  it('prints a checkpoint as the one line that verify takes back', async () => {
    const checkpoint = {
      position: 412,
      hash: '9f',
      at: '2027-01-05T09:12:50.000Z',
      keyId: 'k',
      signature: 's',
    };
    const ran = await audit(
      { 'GET /api/v1/audit/checkpoint': { checkpoint, publicKey: 'PEM' } },
      'audit',
      'checkpoint',
    );
    expect(ran.out).toBe(`${JSON.stringify(checkpoint)}\n`);
  });
});
