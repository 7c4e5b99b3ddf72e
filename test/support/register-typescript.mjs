// Lets plain Node run the TypeScript sources, for processes that tests start (node --import this-file).
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';
import { transform } from '@swc/core';

if (isMainThread) register(import.meta.url);

/** Sources import each other with the extension that they have once compiled. */
export async function resolve(specifier, context, nextResolve) {
  if (!/^\.{1,2}\/.*\.js$/.test(specifier)) return nextResolve(specifier, context);
  return nextResolve(specifier.replace(/\.js$/, '.ts'), context).catch(() => nextResolve(specifier, context));
}

export async function load(url, context, nextLoad) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return nextLoad(url, context);
  const filename = fileURLToPath(url);
  // The project's .swcrc applies, as for a build; its paths of modules stay as they are written.
  const { code } = await transform(await readFile(filename, 'utf8'), {
    filename,
    root: fileURLToPath(new URL('../..', import.meta.url)),
    module: { type: 'es6' },
    sourceMaps: 'inline',
  });
  return { format: 'module', source: code, shortCircuit: true };
}
