import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import {
  Expressions,
  type ExpressionsOptions,
  type ExpressionValue,
} from '../../../src/platform/expressions/index.js';
import { compiledChild } from '../../support/expression-child.js';

// A child starts in half a second, in several on a busy machine.
jest.setTimeout(60_000);

const childEntry = compiledChild();
const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

interface Logged {
  level: 'warn' | 'error';
  fields: Record<string, unknown>;
}

function setup(options: Partial<ExpressionsOptions> = {}) {
  const logged: Logged[] = [];
  const expressions = new Expressions({
    childEntry,
    // Only the tests of the deadline want it to be met by a busy machine.
    deadlineMs: 20_000,
    log: {
      warn: (fields) => logged.push({ level: 'warn', fields }),
      error: (fields) => logged.push({ level: 'error', fields }),
    },
    ...options,
  });
  cleanups.push(() => expressions.close());
  const evaluate = async (
    sources: string[],
    variables: Record<string, ExpressionValue> = {},
    signal?: AbortSignal,
  ) => {
    const batch = sources.map((source, at) => ({ id: String(at), source }));
    return [...(await expressions.evaluate(batch, variables, signal)).values()];
  };
  return { expressions, evaluate, logged };
}

/** Another entry for the child, for faults that the real one does not have. */
function entryThat(code: string): URL {
  const folder = mkdtempSync(join(tmpdir(), 'provost-expressions-'));
  cleanups.push(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'entry.mjs'), code);
  return pathToFileURL(join(folder, 'entry.mjs'));
}

const value = (wanted: ExpressionValue) => ({ ok: true, value: wanted });
const roles = Array.from({ length: 1000 }, (_, at) => `role-${at}`);

/** Within the limits of work, and beyond any heap: a list of millions that nobody counts. */
const hungry = `roles.map(x, roles.map(y, [${'y, '.repeat(1200)}y])).size()`;

/** Within the limits of work, and many seconds long. */
const slow = Array.from({ length: 25 }, () => "text.matches('(a?){90}a{90}$')").join(' && ');
const text = 'a'.repeat(60_000);

describe('evaluating', () => {
  it('gives every value of a batch as it is', async () => {
    const { evaluate, logged } = setup();
    const form = { bytes: new Uint8Array([0, 255]), day: new Date('2030-01-31T23:30:00Z'), big: 2n ** 60n };
    const results = await evaluate(
      [
        "identity.login + '@example.org'",
        '1 + form.n',
        'form.n / 2.0',
        "{'a': [form.bytes, form.day, form.big, null]}",
      ],
      { identity: { login: 'ada' }, form: { ...form, n: 41 } },
    );
    expect(results.slice(0, 2)).toEqual([value('ada@example.org'), value(42)]);
    expect(results[2]).toMatchObject({ ok: false, fault: 'expression' });
    const map = results[3]?.ok === true ? results[3].value : null;
    expect(Object.getPrototypeOf(map)).toBeNull();
    expect({ ...(map as object) }).toEqual({ a: [form.bytes, form.day, form.big, null] });
    expect(logged).toEqual([]);
  });

  it('works in UTC, without the environment of the parent', async () => {
    const { expressions, evaluate } = setup();
    const times = { t: new Date('2030-03-31T02:30:00Z') };
    expect(await evaluate(['t.getHours()', "t.getHours('Europe/Prague')"], times)).toEqual([
      value(2),
      value(4),
    ]);
    const environment = `/proc/${expressions.processIds[0]}/environ`;
    if (existsSync(environment)) expect(readFileSync(environment, 'utf8')).not.toMatch(/PATH=|HOME=/u);
  });

  it('keeps a hundred parallel batches apart', async () => {
    const { expressions, evaluate, logged } = setup({ processes: 2 });
    const batches = Array.from({ length: 100 }, (_, at) => evaluate(['n', 'string(n)', 'n.x'], { n: at }));
    for (const [at, results] of (await Promise.all(batches)).entries())
      expect(results).toEqual([value(at), value(String(at)), expect.objectContaining({ ok: false })]);
    expect(expressions.processIds).toHaveLength(2);
    expect(logged).toEqual([]);
  });

  it('needs no child for an empty batch, and refuses two expressions with one id', async () => {
    const { expressions } = setup();
    expect(await expressions.evaluate([], {})).toEqual(new Map());
    expect(expressions.processIds).toEqual([]);
    const twice = [1, 2].map((n) => ({ id: 'a', source: String(n) }));
    await expect(expressions.evaluate(twice, {})).rejects.toThrow(/share an id/u);
  });
});

describe('hostile expressions and values', () => {
  it('lets nested replacements and doubling lists fail alone, without losing the child', async () => {
    const { evaluate, logged } = setup();
    const replacements = `'aaaaaaaaaaaaaaaaaaaa'${".replace('a', 'aaaaaaaaaaaaaaaaaaaa')".repeat(5)}`;
    const doubling = `[[1, 2]]${'.map(x, x + x)'.repeat(22)}`;
    const results = await evaluate(["'before'", replacements, "'between'", doubling, "'after'"]);
    expect(results.filter(({ ok }) => ok)).toEqual([value('before'), value('between'), value('after')]);
    expect(results[1]).toMatchObject({
      ok: false,
      fault: 'expression',
      problem: expect.stringMatching(/longer/u),
    });
    expect(results[3]).toMatchObject({
      ok: false,
      fault: 'expression',
      problem: expect.stringMatching(/grows/u),
    });
    expect(logged).toEqual([]);
  });

  it('carries NUL, lone surrogates and other odd text through, and refuses to give half a character', async () => {
    const { evaluate } = setup();
    const odd = { nul: 'a\0b', half: 'a\ud800', pair: '😀', bidi: '\u202eabc', long: 'ž'.repeat(30_000) };
    expect(
      await evaluate(['odd.nul', 'odd.pair', 'odd.bidi', 'odd.long', 'size(odd.half)'], { odd }),
    ).toEqual([odd.nul, odd.pair, odd.bidi, odd.long, 2].map((wanted) => value(wanted)));
    const problems = await evaluate(['odd.half', "'\0' + odd.nul", "'\ud800'", '\0', '\ud800'], { odd });
    expect(problems.map(({ ok }) => ok)).toEqual([false, true, false, false, false]);
  });

  it('refuses keys that reach a prototype, on both ways, and leaves prototypes alone', async () => {
    const { evaluate } = setup();
    const hostile = JSON.parse('{"__proto__": {"polluted": true}}') as Record<string, ExpressionValue>;
    const results = [
      ...(await evaluate(['1'], { form: hostile })),
      ...(await evaluate(['1'], hostile)),
      ...(await evaluate(["{'__proto__': {'polluted': true}}", "{'constructor': {'prototype': 1}}"])),
    ];
    for (const result of results)
      expect(result).toMatchObject({
        ok: false,
        fault: 'expression',
        problem: expect.stringMatching(/not allowed/u),
      });
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('refuses variables that are too large or cannot travel', async () => {
    const { evaluate } = setup();
    const results = [
      ...(await evaluate(['1'], { photo: new Uint8Array(5 * 1024 * 1024) })),
      ...(await evaluate(['1'], { f: (() => 1) as unknown as ExpressionValue })),
    ];
    expect(results).toEqual([
      {
        ok: false,
        fault: 'expression',
        problem: expect.stringMatching(/take \d+ bytes; 4194304 are allowed/u),
      },
      { ok: false, fault: 'expression', problem: expect.stringMatching(/cannot be sent/u) },
    ]);
  });
});

describe('losing a child', () => {
  it('blames only the expression that needs too much memory', async () => {
    const { evaluate, logged } = setup({ memoryMegabytes: 32 });
    const results = await evaluate(['1', hungry, '2'], { roles });
    expect(results).toEqual([
      value(1),
      { ok: false, fault: 'expression', problem: expect.stringMatching(/more than 32 MB of memory/u) },
      value(2),
    ]);
    expect(logged.map(({ fields }) => fields)).toEqual([
      { cause: 'memory', expressions: 3 },
      { cause: 'memory', expressions: 1 },
    ]);
    expect(await evaluate(['3'])).toEqual([value(3)]);
  });

  it('blames only the expression that needs too much time, after it had twice the time alone', async () => {
    const { evaluate, logged } = setup({ deadlineMs: 400 });
    expect(await evaluate(['1', slow, '2'], { text })).toEqual([
      value(1),
      {
        ok: false,
        fault: 'expression',
        problem: expect.stringMatching(/within 800 ms, also when tried alone/u),
      },
      value(2),
    ]);
    expect(logged.map(({ fields }) => fields.cause)).toEqual(['deadline', 'deadline']);
  });

  it('evaluates again when a child is killed in the middle of a batch', async () => {
    const { expressions, evaluate, logged } = setup();
    await evaluate(['1']);
    const [pid] = expressions.processIds;
    const running = evaluate(["text.matches('(a?){90}a{90}$')", '2'], { text });
    await new Promise(setImmediate);
    process.kill(pid ?? 0, 'SIGKILL');
    expect(await running).toEqual([value(true), value(2)]);
    expect(logged).toEqual([{ level: 'warn', fields: { cause: 'ended', expressions: 2 } }]);
    expect(expressions.processIds).not.toContain(pid);
  });

  it('starts another child when an idle one was killed', async () => {
    const { expressions, evaluate } = setup();
    await evaluate(['1']);
    process.kill(expressions.processIds[0] ?? 0, 'SIGKILL');
    expect(await evaluate(['1'])).toEqual([value(1)]);
    await until(() => expressions.processIds.length === 1);
    expect(await evaluate(['2'])).toEqual([value(2)]);
  });

  it('blames the engine when children keep ending from outside', async () => {
    const entry =
      "process.on('message', () => process.kill(process.pid, 'SIGKILL')); process.send({ kind: 'ready' });";
    const { evaluate } = setup({ childEntry: entryThat(entry) });
    expect(await evaluate(['1', '2'])).toEqual(
      [1, 2].map(() => ({
        ok: false,
        fault: 'engine',
        problem: expect.stringMatching(/ended from outside/u),
      })),
    );
  });

  it('blames the engine when children do not start, and says why', async () => {
    const { evaluate, logged } = setup({ childEntry: entryThat("throw new Error('no such library');") });
    expect(await evaluate(['1', '2'])).toEqual(
      [1, 2].map(() => ({ ok: false, fault: 'engine', problem: expect.stringMatching(/does not start/u) })),
    );
    expect(logged).toEqual([
      { level: 'error', fields: { cause: 'unavailable', detail: expect.stringMatching(/no such library/u) } },
    ]);
  });
});

describe('stopping', () => {
  it('rejects with the reason of the signal: before, while waiting, while running', async () => {
    const { evaluate } = setup();
    const reason = new Error('the job was canceled');
    await expect(evaluate(['1'], {}, AbortSignal.abort(reason))).rejects.toBe(reason);

    const abort = new AbortController();
    const running = evaluate(["text.matches('(a?){90}a{90}$')"], { text }, abort.signal);
    const waiting = evaluate(['1'], {}, abort.signal);
    const other = evaluate(['2']);
    abort.abort(reason);
    await expect(running).rejects.toBe(reason);
    await expect(waiting).rejects.toBe(reason);
    expect(await other).toEqual([value(2)]);
  });

  it('ends its children, and answers what is left with a fault of the engine', async () => {
    const { expressions, evaluate, logged } = setup();
    await evaluate(['1']);
    const [pid = 0] = expressions.processIds;
    const running = evaluate([slow], { text });
    const waiting = evaluate(['1']);
    await new Promise(setImmediate);
    await expressions.close();
    expect(isRunning(pid)).toBe(false);
    for (const results of [await running, await waiting, await evaluate(['1'])])
      expect(results).toEqual([
        { ok: false, fault: 'engine', problem: expect.stringMatching(/is stopping/u) },
      ]);
    await expressions.close();
    expect(expressions.processIds).toEqual([]);
    expect(logged).toEqual([]);
  });

  it('does not keep a parent alive that has nothing else to do', async () => {
    const { parent, childPid } = await startParent('');
    const [code] = (await once(parent, 'exit')) as [number];
    expect(code).toBe(0);
    await until(() => !isRunning(childPid));
  });

  it('ends with a parent that is killed', async () => {
    const { parent, childPid } = await startParent('setInterval(() => undefined, 1000);');
    expect(isRunning(childPid)).toBe(true);
    parent.kill('SIGKILL');
    await until(() => !isRunning(childPid));
  });

  it('survives signals to the whole process group, which its parent answers', async () => {
    const { expressions, evaluate } = setup();
    await evaluate(['1']);
    const [pid = 0] = expressions.processIds;
    process.kill(pid, 'SIGINT');
    process.kill(pid, 'SIGTERM');
    expect(await evaluate(['2'])).toEqual([value(2)]);
    expect(expressions.processIds).toEqual([pid]);
  });
});

/** A process of its own that has evaluated something, and then goes on with `code`. */
async function startParent(code: string): Promise<{ parent: ChildProcess; childPid: number }> {
  const script = `
    import { EvaluatorProcess } from '${new URL('evaluator-process.js', childEntry).href}';
    import { serialize } from 'node:v8';
    const child = new EvaluatorProcess(new URL('${childEntry.href}'), 64);
    const answer = await child.ask({ sources: ['1 + 1'], variables: serialize({}) }, 20000);
    console.log(JSON.stringify({ pid: child.pid, answer }));
    ${code}`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  cleanups.push(() => parent.kill('SIGKILL'));
  const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
  const { pid, answer } = JSON.parse(line) as { pid: number; answer: unknown };
  expect(answer).toEqual({ kind: 'verdicts', verdicts: [value(2)] });
  return { parent, childPid: pid };
}

/** A process that ended and was not yet collected by its new parent is not running. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  const stat = `/proc/${pid}/stat`;
  return !existsSync(stat) || !/\) Z /u.test(readFileSync(stat, 'utf8'));
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(10);
}
