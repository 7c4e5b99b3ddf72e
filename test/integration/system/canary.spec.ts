// No secret gets where it does not belong: the built service is used, wrongly used and stopped, with secrets that are
// recognized wherever they turn up, and then everything that it wrote or answered is searched for them.
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client } from 'pg';
import { ensureBuilt } from '../../../scripts/project.mjs';
import type { ApiOperation } from './api-operations.js';
import type { Hit } from './canaries.js';
import { CanaryCaller } from './canary-caller.js';
import { type ClientRun, useClient } from './canary-client.js';
import {
  aFolder,
  type Closing,
  type Installation,
  SETUP_TOKEN,
  startInstallation,
} from './canary-installation.js';
import { argumentsOfProcesses, filesOf, type Place, rowsOf } from './canary-places.js';
import { canaries } from './canary-secrets.js';
import { useService } from './canary-usage.js';

/** The user put it on a command line: it stands in the list of processes while that runs. */
const ON_COMMAND_LINES = new Set(['password typed on the command line of the client']);

const closing: Closing = [];
let installation: Installation;
let api: CanaryCaller;
let operations: readonly ApiOperation[];
let clientFolder: string;
let clientRuns: readonly ClientRun[];
let processes: readonly Place[];
let rows: readonly Place[];

beforeAll(async () => {
  ensureBuilt();
  installation = await startInstallation(closing);
  api = new CanaryCaller(installation.url, canaries);
  operations = await useService(api, installation);
  clientFolder = aFolder('provost-canary-client-', closing);
  clientRuns = await useClient(clientFolder, installation.url, closing);
  processes = argumentsOfProcesses();
  rows = await rowsOf(installation.ownerUrl);
  await installation.service.kill('SIGTERM');
}, 300_000);

afterAll(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
}, 60_000);

describe('a secret', () => {
  it('is planted in every place that takes one, and every operation of the document was called', () => {
    const logins = api.answers.filter(({ path, status }) => path === '/api/v1/auth/login' && status === 200);
    // One at least of each realm: Provost's own, a person of the directory, a service account of it.
    expect(new Set(logins.map(({ text }) => claimsOf(text)['sub'])).size).toBeGreaterThanOrEqual(3);
    expect(canaries.names.length).toBeGreaterThan(40);
    expect(operations.length).toBeGreaterThan(50);
    // Nobody but the route itself says one of these.
    const own = [200, 201, 202, 204, 404, 409, 412, 422];
    const answered = (codes: readonly number[]): ApiOperation[] =>
      operations.filter((operation) => statusesOf(operation).some((status) => codes.includes(status)));
    expect(operations.filter((operation) => !answered(own).includes(operation)).map(({ id }) => id)).toEqual(
      [],
    );
    expect(answered([200, 201, 202, 204]).length / operations.length).toBeGreaterThan(0.8);
    expect(
      api.answers.filter(({ status }) => status >= 500).map(({ place, text }) => `${place}: ${text}`),
    ).toEqual([]);
  });

  it('is in no line of the log, at the level debug, nor in the last words', () => {
    const lines = installation.service.output().split('\n');
    expect(lines.filter((line) => line.includes('"level":"debug"')).length).toBeGreaterThan(0);
    // The setup token is for the terminal that started the service: one line of its own, and never a log line.
    const announced = lines.filter((line) => SETUP_TOKEN.test(line));
    expect(announced).toHaveLength(1);
    const logged = lines.filter((line) => !announced.includes(line)).join('\n');
    expect(canaries.search('the log', logged)).toEqual([]);
  });

  it('is in no answer but the one that hands it out', () => {
    expect(api.answers.length).toBeGreaterThan(300);
    expect(api.answers.filter(({ allowed }) => allowed.size > 0).length).toBeGreaterThan(2);
    expect(api.answers.flatMap(({ place, text, allowed }) => canaries.search(place, text, allowed))).toEqual(
      [],
    );
  });

  it('is in no row of any table', () => {
    const names = rows.map(({ name }) => name);
    expect(names).toContain('public.audit_records');
    expect(names).toContain('public.provisioning_systems');
    expect(search(rows)).toEqual([]);
  });

  it('is in nothing that the migration and the client say', () => {
    expect(clientRuns.filter(({ code }) => code === 0).length).toBeGreaterThan(4);
    expect(clientRuns.filter(({ code }) => code !== 0).length).toBeGreaterThan(2);
    expect(search([installation.migration, ...clientRuns.map((run) => run.said)])).toEqual([]);
  });

  it('is in no file but the session of the client, which nobody else can read', () => {
    const files = [...filesOf(clientFolder), ...filesOf(installation.dataFolder)];
    const holding = new Set(search(files).map(({ place }) => place));
    expect([...holding]).toEqual([join(clientFolder, 'provost', 'session.json')]);
    for (const file of holding) expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is an argument of no process', () => {
    const seen = [...processes, ...clientRuns.flatMap((run) => run.processes)];
    expect(seen.some(({ text }) => text.includes('main.js'))).toBe(true);
    expect(seen.flatMap(({ name, text }) => canaries.search(name, text, ON_COMMAND_LINES))).toEqual([]);
  });
});

describe('the search', () => {
  const value = canaries.plant('planted');
  const bytes = canaries.addBytes('planted bytes', randomBytes(32));
  const found = (hits: readonly Hit[]): Set<string> => new Set(hits.map(({ canary }) => canary));

  it.each<[string, string]>([
    ['as it is', value],
    ['in JSON', JSON.stringify({ deep: [{ password: value }] })],
    ['in JSON within JSON', JSON.stringify(JSON.stringify({ password: value }))],
    ['in a URL', `?password=${encodeURIComponent(value)}`],
    ['in a form', new URLSearchParams({ password: value }).toString()],
    ['in hex', Buffer.from(value).toString('hex').toUpperCase()],
    ['in base64', Buffer.from(value).toString('base64')],
    ['in base64 after something else', Buffer.from(`user:${value}`).toString('base64')],
    ['in base64 after something else again', Buffer.from(`user1:${value}`).toString('base64')],
    ['in base64url', Buffer.from(`login:${value}`).toString('base64url')],
    ['cut off at its begin', value.slice(8)],
  ])('finds a secret %s', (_form, text) => {
    expect(found(canaries.search('control', `before ${text} after`))).toEqual(new Set(['planted']));
  });

  it.each<[string, string]>([
    ['in hex', bytes.toString('hex')],
    ['in base64', bytes.toString('base64')],
    ['in base64 without padding', bytes.toString('base64').replace(/=+$/, '')],
    ['in base64url', bytes.toString('base64url')],
    ['raw', bytes.toString('latin1')],
  ])('finds a key %s', (_form, text) => {
    expect(found(canaries.search('control', `before ${text} after`))).toEqual(new Set(['planted bytes']));
  });

  it('finds nothing where there is nothing, and nothing in the place that may hold it', () => {
    expect(canaries.search('control', randomBytes(4096).toString('base64'))).toEqual([]);
    expect(canaries.search('control', value, new Set(['planted']))).toEqual([]);
  });

  it('finds what is in a table as text, as JSON, as bytes and as encoded text in bytes', async () => {
    const client = new Client({ connectionString: installation.ownerUrl });
    await client.connect();
    try {
      await client.query(
        'create schema control; create table control.planted (kind text, words text, document jsonb, bytes bytea)',
      );
      const insert = (kind: string, column: string, what: unknown): Promise<unknown> =>
        client.query(`insert into control.planted (kind, ${column}) values ($1, $2)`, [kind, what]);
      await insert('text', 'words', value);
      expect(found(search(await rowsOf(installation.ownerUrl)))).toEqual(new Set(['planted']));
      await client.query('delete from control.planted');
      await insert('json', 'document', JSON.stringify({ deep: { password: value } }));
      expect(found(search(await rowsOf(installation.ownerUrl)))).toEqual(new Set(['planted']));
      await client.query('delete from control.planted');
      await insert('bytes', 'bytes', bytes);
      expect(found(search(await rowsOf(installation.ownerUrl)))).toEqual(new Set(['planted bytes']));
      await client.query('delete from control.planted');
      await insert('encoded', 'bytes', Buffer.from(bytes.toString('base64')));
      expect(found(search(await rowsOf(installation.ownerUrl)))).toEqual(new Set(['planted bytes']));
    } finally {
      await client.query('drop schema control cascade');
      await client.end();
    }
  });

  it('finds what is in a file, and in the arguments of a process', async () => {
    const folder = aFolder('provost-canary-control-', closing);
    mkdirSync(join(folder, 'deep'));
    writeFileSync(join(folder, 'deep', 'file'), value);
    expect(found(search(filesOf(folder)))).toEqual(new Set(['planted']));

    const child = spawn(process.execPath, ['-e', 'process.stdin.resume()', value], {
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    await once(child, 'spawn');
    const hits = found(search(argumentsOfProcesses()));
    child.stdin.end();
    await once(child, 'exit');
    expect(hits).toEqual(new Set(['planted']));
  });

  it('finds what an answer echoes', async () => {
    const echo = new CanaryCaller('data:', canaries);
    await echo.call('GET', `application/json,${encodeURIComponent(JSON.stringify({ detail: value }))}`);
    expect(found(echo.answers.flatMap(({ place, text }) => canaries.search(place, text)))).toEqual(
      new Set(['planted']),
    );
  });
});

function search(places: readonly Place[]): Hit[] {
  return places.flatMap(({ name, text }) => canaries.search(name, text));
}

/** Of the access token in an answer. */
function claimsOf(text: string): Record<string, unknown> {
  const claims = /"accessToken":"[^."]+\.([^."]+)\./.exec(text)?.[1] ?? '';
  return JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Record<string, unknown>;
}

/** What the calls of an operation were answered with. */
function statusesOf({ method, path }: ApiOperation): number[] {
  const pattern = new RegExp(`^${path.replaceAll('.', '\\.').replaceAll(/\{[^}]+\}/g, '[^/?]+')}$`);
  return api.answers
    .filter((answer) => answer.method === method && pattern.test(answer.path))
    .map(({ status }) => status);
}
