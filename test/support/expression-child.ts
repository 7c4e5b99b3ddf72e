// A forked child cannot load TypeScript: this compiles the expressions folder once per content, for tests of the real child.
import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { transformSync } from '@swc/core';

const source = fileURLToPath(new URL('../../src/platform/expressions/', import.meta.url));
const cache = fileURLToPath(new URL('../../node_modules/.cache/provost/', import.meta.url));

/** The compiled entry of the evaluator's child; what it imports lies beside it. */
export function compiledChild(): URL {
  const files = readdirSync(source).filter((name) => /^(?!.*\.(spec|module)\.ts$).*\.ts$/.test(name));
  const sources = files.map((name) => ({ name, text: readFileSync(join(source, name), 'utf8') }));
  const hash = createHash('sha256').update(JSON.stringify(sources)).digest('hex').slice(0, 16);
  const folder = join(cache, `expressions-${hash}`);
  if (!existsSync(folder)) compile(sources, folder);
  return pathToFileURL(join(folder, 'evaluator.child.js'));
}

/** Written elsewhere and renamed, so that parallel workers never see half of it. */
function compile(sources: { name: string; text: string }[], folder: string): void {
  const unfinished = join(cache, `unfinished-${randomUUID()}`);
  mkdirSync(unfinished, { recursive: true });
  writeFileSync(join(unfinished, 'package.json'), '{ "type": "module" }');
  for (const { name, text } of sources) {
    const { code } = transformSync(text, {
      filename: name,
      swcrc: false,
      jsc: { parser: { syntax: 'typescript' }, target: 'es2023' },
      module: { type: 'es6' },
    });
    writeFileSync(join(unfinished, name.replace(/\.ts$/u, '.js')), code);
  }
  try {
    renameSync(unfinished, folder);
  } catch (error) {
    rmSync(unfinished, { recursive: true });
    if (!existsSync(folder)) throw error;
  }
}
