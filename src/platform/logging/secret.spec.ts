import { inspect } from 'node:util';
import { serialize } from 'node:v8';
import { describe, expect, it } from '@jest/globals';
import { maskValue } from './domain/mask-value.js';
import { Secret } from './secret.js';

const CANARY = 'canary-7c1f';
const secret = new Secret(CANARY);

describe('a secret', () => {
  it('is told by reveal alone', () => {
    expect(secret.reveal()).toBe(CANARY);
  });

  it.each<[string, () => unknown]>([
    // oxlint-disable-next-line typescript/restrict-template-expressions -- what is tested
    ['a template string', () => `${secret}`],
    ['a sum of strings', () => 'password: ' + String(secret)],
    ['JSON', () => JSON.stringify({ secret, list: [secret] })],
    ['inspect', () => inspect(secret)],
    ['inspect of what holds it', () => inspect({ deep: { secret } }, { depth: 9, showHidden: true })],
    ['inspect without its own word', () => inspect(secret, { customInspect: false, showHidden: true })],
    ['the cause of an error', () => inspect(new Error('failed', { cause: secret }))],
    ['the message of an error', () => new Error(`failed with ${String(secret)}`).message],
    ['a structured clone', () => inspect(structuredClone({ secret }), { showHidden: true })],
    ['a serialized copy', () => serialize({ secret }).toString('latin1')],
    ['its own properties', () => JSON.stringify([Object.entries(secret), Object.assign({}, secret)])],
    ['the log', () => JSON.stringify(maskValue({ secret, nested: [new Map([['a', secret]])] }))],
  ])('does not tell itself to %s', (_where, show) => {
    expect(String(show())).not.toContain(CANARY);
  });
});
