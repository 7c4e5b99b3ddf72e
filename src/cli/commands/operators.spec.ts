import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Ran, runClient } from '../../../test/support/client.js';
import { type ScriptedService, startScriptedService } from '../../../test/support/scripted-service.js';

const IDS = { local: '00000000-0000-4000-8000-000000000001', dsa: '00000000-0000-4000-8000-000000000002' };

let folder: string;
let service: ScriptedService;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'provost-operators-'));
  const operators = Object.fromEntries(
    Object.entries(IDS).map(([realm, id]) => [
      `GET /api/v1/operators/${id}`,
      { id, realm, login: 'robot', displayName: 'The robot' },
    ]),
  );
  service = await startScriptedService({
    'POST /api/v1/auth/login': { accessToken: 'a', expiresIn: 600, refreshToken: 'r' },
    'GET /api/v1/auth/me': { login: 'ota', realm: 'local', displayName: 'Ota', roles: [], grants: [] },
    ...operators,
  });
  await runClient(['login', '--login', 'ota'], { folder, server: service.url, input: 'secret' });
});

afterEach(async () => {
  await service.close();
  await rm(folder, { recursive: true });
});

const askedAbout = (id: string): Promise<Ran> =>
  runClient(['operators', 'delete', id], {
    folder,
    server: service.url,
    isTerminal: true,
    input: 'n\n',
  });

describe('operators delete', () => {
  it('asks with the realm: one login may be in several', async () => {
    const { code, err } = await askedAbout(IDS.local);
    expect(code).toBe(130);
    expect(err).toContain('Delete the operator local:robot (The robot)? [y/N]');
    expect(err).not.toContain('comes back');
  });

  it('says that an account of the directory comes back, and what keeps it out', async () => {
    const { err } = await askedAbout(IDS.dsa);
    expect(err).toContain('Delete the operator dsa:robot (The robot)? [y/N]');
    expect(err).toMatch(/comes back at its next login.*provost operators disable/);
    expect(service.asked.map(({ route }) => route).filter((route) => route.startsWith('DELETE'))).toEqual([]);
  });
});
