import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
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
const FINE = { area: 'queue', level: 'ok', what: 'Nothing waits.', where: 'queue', whatToDo: null };
const WEAK = {
  area: 'configuration',
  level: 'warning',
  what: 'The log is written at the level debug.',
  where: 'PROVOST_LOGGING_LEVEL',
  whatToDo: 'Set it to info.',
};

let folder: string;
let service: ScriptedService | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provost-doctor-'));
});

afterEach(async () => {
  await service?.close();
  await rm(folder, { recursive: true });
});

async function logInAt(script: Script): Promise<{ folder: string; server: string }> {
  service = await startScriptedService({ ...LOGIN, ...script });
  const options = { folder, server: service.url };
  await runClient(['login', '--login', 'ota'], { ...options, input: 'secret' });
  return options;
}

async function doctor(script: Script, ...args: string[]): Promise<Ran> {
  return runClient(['doctor', ...args], await logInAt(script));
}

describe('doctor', () => {
  const route = 'GET /api/v1/doctor';

  it('ends with 0 when all is well, and lists that on request only', async () => {
    const script = { [route]: { level: 'ok', findings: [FINE] } };
    expect(await doctor(script)).toEqual({
      code: 0,
      err: '',
      out: 'Well: 1. --all shows what.\n',
    });
    await service?.close();
    expect((await doctor(script, '--all')).out).toBe('ok     Nothing waits.\nwhere  queue: queue\n');
  });

  it('ends with 5 for a warning, with what to do about it', async () => {
    const ran = await doctor({ [route]: { level: 'warning', findings: [WEAK, FINE] } });
    expect(ran).toMatchObject({ code: 5, err: '' });
    expect(ran.out).toBe(
      'warning  The log is written at the level debug.\n' +
        'where    configuration: PROVOST_LOGGING_LEVEL\n' +
        'do       Set it to info.\n\n' +
        'Well: 1. --all shows what.\n',
    );
  });

  it('ends with 1 for an error, and gives programs the whole answer', async () => {
    const answer = { level: 'error', findings: [{ ...WEAK, level: 'error' }, FINE] };
    const ran = await doctor({ [route]: answer }, '--json');
    expect(ran).toMatchObject({ code: 1, err: '' });
    expect(JSON.parse(ran.out)).toEqual(answer);
  });

  it('tells what the probe says when the service cannot see who asks', async () => {
    const ran = await doctor({
      [route]: (response) =>
        answerProblem(response, { title: 'Unavailable', status: 503, detail: 'The database is away.' }),
      'GET /readyz': (response) =>
        void response
          .writeHead(503, { 'content-type': 'application/json' })
          .end(
            '{"ready":false,"checks":{"database":{"ok":false,"detail":"does not answer (ECONNREFUSED)"}}}',
          ),
    });
    expect(ran).toMatchObject({ code: 1, err: '' });
    expect(ran.out).toMatch(/^ERROR +The database is away\.$/m);
    expect(ran.out).toMatch(/^ERROR +does not answer \(ECONNREFUSED\)\nwhere +probe: \/readyz: database$/m);
  });

  it('ends with 4 when nothing answers, and says what to do', async () => {
    const options = await logInAt({});
    await service?.close();
    const ran = await runClient(['doctor'], options);
    expect(ran).toMatchObject({ code: 4, err: '' });
    expect(ran.out).toMatch(/^ERROR +No answer from http:\/\/127\.0\.0\.1:\d+ \(connection refused\)/m);
    expect(ran.out).toMatch(/^do +See whether it runs/m);
  });

  it('says who may ask when the caller may not', async () => {
    const ran = await doctor({
      [route]: (response) =>
        answerProblem(response, { title: 'Forbidden', status: 403, detail: 'doctor.read' }),
    });
    expect(ran).toMatchObject({ code: 1, out: '' });
    expect(ran.err).toContain('Forbidden');
  });
});
