import { describe, expect, it } from '@jest/globals';
import { adviceFor } from './queue-advice.js';

describe('adviceFor', () => {
  it.each([
    ['behind', ['cancel']],
    ['running', []],
    ['due', ['cancel']],
    ['verification', ['retry', 'cancel']],
    ['provisioning-queue', ['retry', 'cancel']],
    ['retry', ['retry', 'cancel']],
    ['held', ['explain', 'cancel']],
    ['breaker', ['retry', 'cancel']],
    ['dependent', ['explain', 'retry', 'cancel']],
    ['person', ['retry', 'cancel']],
    ['a reason of a newer service', ['retry', 'cancel']],
    [null, []],
  ])('offers for %p what the service will accept: %p', (reason, verbs) => {
    const { sentence, commands } = adviceFor('o41-7', reason);
    expect(sentence).toMatch(/\.$/);
    expect(commands.map(([, command]) => command.split(' ')[2])).toEqual(verbs);
    for (const [, command] of commands) expect(command).toMatch(/^provost queue \w+ o41-7/);
  });
});
