// What a process that dies of an error leaves behind: one masked line and exit code 1.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { root } from '../../support/repository.js';

const loader = pathToFileURL(join(root, 'test/support/register-typescript.mjs')).href;
const logging = pathToFileURL(join(root, 'src/platform/logging/index.ts')).href;

function dieOf(statement: string): { status: number | null; stdout: string; stderr: string } {
  const program = `
    import { JsonLogger, sayLastWords } from ${JSON.stringify(logging)};
    sayLastWords(new JsonLogger('info'));
    setTimeout(() => process.stdout.write('still alive'), 60_000);
    ${statement}`;
  return spawnSync(process.execPath, ['--import', loader, '--input-type=module', '--eval', program], {
    encoding: 'utf8',
  });
}

describe('the last words of a process', () => {
  it.each([
    ['an exception', `setImmediate(() => { throw new Error('connect postgres://u:hunter2@db failed'); });`],
    ['a rejection', `void Promise.reject(new Error('connect postgres://u:hunter2@db failed'));`],
    ['something that is no error', `void Promise.reject('postgres://u:hunter2@db');`],
    [
      'two errors at once',
      `for (const n of [1, 2]) void Promise.reject(new Error('postgres://u:hunter2@db' + n));`,
    ],
  ])('that dies of %s are one line without its secret, and exit code 1', (_what, statement) => {
    const { status, stdout, stderr } = dieOf(statement);
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
    const [line = '', ...more] = stdout.trimEnd().split('\n');
    expect(more).toEqual([]);
    expect(JSON.parse(line)).toMatchObject({ level: 'fatal', context: 'process' });
    expect(line).toContain('postgres://u:[secret]@db');
    expect(line).not.toContain('hunter2');
  });
});
