// Reads the environment once, reports every fault at once, and says where each value came from.
import { readFileSync } from 'node:fs';
import { nearestName } from './nearest-name.js';
import type { Setting, SettingsGroup } from './settings.js';
import { wordIssue } from './word-issue.js';

export interface LoadedSettings {
  /** The values of a group, by its token. */
  readonly values: ReadonlyMap<symbol, Record<string, unknown>>;
  /** For the start-up log: `<env>=<value or [secret]> (environment|file|default)`. */
  readonly sources: readonly string[];
}

/** Everything that is wrong with the configuration, one line a fault. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';

  constructor(readonly faults: readonly string[]) {
    super(
      `The configuration has ${faults.length === 1 ? 'a fault' : `${faults.length} faults`}:\n` +
        `${faults.map((fault) => `  - ${fault}`).join('\n')}\nEvery setting is described in docs/configuration.md.`,
    );
  }
}

const PREFIX = 'PROVOST_';

/** @throws ConfigurationError naming every fault of `env`. */
export function loadSettings(
  groups: readonly SettingsGroup[],
  env: NodeJS.ProcessEnv = process.env,
): LoadedSettings {
  const faults: string[] = [];
  const sources: string[] = [];
  const values = new Map<symbol, Record<string, unknown>>();
  for (const group of groups) {
    const loaded: Record<string, unknown> = {};
    for (const [key, setting] of Object.entries(group.shape)) {
      const raw = readRaw(setting, env, faults);
      const parsed = setting.schema.safeParse(raw.text, { error: wordIssue });
      if (parsed.success) {
        loaded[key] = parsed.data;
        sources.push(`${setting.env}=${setting.isSecret ? '[secret]' : String(parsed.data)} (${raw.source})`);
      } else {
        const shown =
          setting.isSecret || raw.text === undefined ? '' : ` (it is ${JSON.stringify(raw.text)})`;
        faults.push(
          `${setting.env}: ${parsed.error.issues.map((issue) => issue.message).join('; ')}${shown}. ${setting.about}`,
        );
      }
    }
    values.set(group.token, loaded);
  }
  faults.push(...unknownNames(groups, env));
  if (faults.length > 0) throw new ConfigurationError(faults);
  return { values, sources };
}

function readRaw(
  setting: Setting<unknown>,
  env: NodeJS.ProcessEnv,
  faults: string[],
): { text: string | undefined; source: string } {
  const direct = env[setting.env];
  const file = setting.isSecret ? env[`${setting.env}_FILE`] : undefined;
  if (direct && file) faults.push(`${setting.env} and ${setting.env}_FILE are both set: keep one of them.`);
  if (direct) return { text: direct, source: 'environment' };
  if (!file) return { text: undefined, source: 'default' };
  try {
    return { text: readFileSync(file, 'utf8').replace(/\r?\n$/, ''), source: 'file' };
  } catch (error) {
    faults.push(
      `${setting.env}_FILE: the file ${JSON.stringify(file)} cannot be read (${(error as NodeJS.ErrnoException).code}).`,
    );
    return { text: undefined, source: 'file' };
  }
}

function unknownNames(groups: readonly SettingsGroup[], env: NodeJS.ProcessEnv): string[] {
  const known = new Set<string>();
  for (const setting of groups.flatMap((group) => Object.values(group.shape))) {
    known.add(setting.env);
    if (setting.isSecret) known.add(`${setting.env}_FILE`);
  }
  return Object.keys(env)
    .filter((name) => name.startsWith(PREFIX) && !known.has(name))
    .map((name) => {
      const nearest = nearestName(
        name,
        [...known].filter((candidate) => candidate.startsWith(PREFIX)),
      );
      return `${name} is not a setting of Provost.${nearest ? ` Did you mean ${nearest}?` : ''} Remove it or correct its name.`;
    });
}
