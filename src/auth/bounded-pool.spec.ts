import { describe, expect, it } from '@jest/globals';
import { BoundedPool, PoolFullError } from './bounded-pool.js';

function setup(running: number, waiting: number) {
  const pool = new BoundedPool({ running, waiting });
  const started: number[] = [];
  const run = (id: number) => {
    let end: { resolve: (value: number) => void; reject: (error: Error) => void } | undefined;
    const work = new Promise<number>((resolve, reject) => (end = { resolve, reject }));
    const result = pool.run(() => {
      started.push(id);
      return work;
    });
    return {
      result,
      resolve: (value: number) => end?.resolve(value),
      reject: (error: Error) => end?.reject(error),
    };
  };
  return { run, started };
}

describe('BoundedPool', () => {
  it('runs so many at once, the others in the order they came', async () => {
    const { run, started } = setup(2, 2);
    const [first, second, third, fourth] = [run(1), run(2), run(3), run(4)];
    expect(started).toEqual([1, 2]);
    second.resolve(2);
    expect(await second.result).toBe(2);
    third.resolve(3);
    expect(await third.result).toBe(3);
    first.resolve(1);
    fourth.resolve(4);
    expect(await Promise.all([first.result, fourth.result])).toEqual([1, 4]);
    expect(started).toEqual([1, 2, 3, 4]);
  });

  it('turns away whoever finds the line full, and nobody else', async () => {
    const { run } = setup(1, 1);
    const [first, second, third] = [run(1), run(2), run(3)];
    await expect(third.result).rejects.toBeInstanceOf(PoolFullError);
    first.resolve(1);
    second.resolve(2);
    expect(await Promise.all([first.result, second.result])).toEqual([1, 2]);
  });

  it('gives the place on after work that failed', async () => {
    const { run } = setup(1, 1);
    const [first, second] = [run(1), run(2)];
    first.reject(new Error('failed'));
    await expect(first.result).rejects.toThrow('failed');
    second.resolve(2);
    expect(await second.result).toBe(2);
    const third = run(3);
    third.resolve(3);
    expect(await third.result).toBe(3);
  });
});
