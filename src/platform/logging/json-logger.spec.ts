import { Writable } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { JsonLogger } from './json-logger.js';
import { Secret } from './secret.js';

const CANARY = 'hunter2';

function openLog(): { logger: JsonLogger; lines: () => Record<string, unknown>[]; text: () => string } {
  let text = '';
  const destination = new Writable({
    write: (chunk, _encoding, done) => {
      text += String(chunk);
      done();
    },
  });
  return {
    logger: new JsonLogger('debug', destination),
    text: () => text,
    lines: () =>
      text
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Record<string, unknown>),
  };
}

describe('the log', () => {
  it('writes fields, message, context, level and time as one JSON object a line', () => {
    const { logger, lines } = openLog();
    logger.log({ lane_id: 7 }, 'lane parked', 'queue');
    logger.warn('the wake-up was lost', 'queue');
    expect(lines()).toEqual([
      { level: 'info', time: expect.any(String), context: 'queue', lane_id: 7, msg: 'lane parked' },
      { level: 'warn', time: expect.any(String), context: 'queue', msg: 'the wake-up was lost' },
    ]);
  });

  it.each<[string, (logger: JsonLogger) => void]>([
    ['a field', (logger) => logger.log({ password: CANARY, deep: { a: { token: CANARY } } }, 'x', 'c')],
    ['a Secret', (logger) => logger.log({ value: new Secret(CANARY) }, 'x', 'c')],
    ['a message', (logger) => logger.error(`connect postgres://u:${CANARY}@db failed`, 'c')],
    ['a message beside fields', (logger) => logger.log({ a: 1 }, `password=${CANARY}`, 'c')],
    ['a stack', (logger) => logger.error('x', `Error: token: ${CANARY}\n    at f (x.ts:1:1)`, 'c')],
    ['an error', (logger) => logger.error(new Error(`password=${CANARY}`), 'c')],
    ['an error as a field', (logger) => logger.error({ err: new Error(`password=${CANARY}`) }, 'x', 'c')],
    [
      'a bearer token in a message',
      (logger) => logger.log(`${CANARY.length} Bearer ${CANARY}${CANARY}`, 'c'),
    ],
  ])('hides a secret in %s', (_where, write) => {
    const { logger, lines, text } = openLog();
    write(logger);
    expect(text()).not.toContain(CANARY);
    expect(text()).toContain('[secret]');
    expect(lines()).toHaveLength(1);
  });

  it('keeps a text that tries to be two lines in one', () => {
    const { logger, lines } = openLog();
    logger.log('anna\n{"level":"error","msg":"forged"}', 'c');
    expect(lines()).toHaveLength(1);
  });

  it('tells when what was written has left', async () => {
    const { logger, lines } = openLog();
    logger.fatal('the end', 'process');
    await logger.flushed();
    expect(lines()).toMatchObject([{ level: 'fatal', msg: 'the end' }]);
  });
});
