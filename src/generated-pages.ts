// What is written from the declared settings: docs/configuration.md and .env.example. A test holds both against these.
import { z } from 'zod';
import type { SettingsGroup } from './platform/config/index.js';

type Setting = SettingsGroup['shape'][string];

/** What docker-compose.yml asks for beside Provost's own settings: name and sentence. */
const FOR_COMPOSE: readonly (readonly [name: string, about: string])[] = [
  ['POSTGRES_PASSWORD', 'Password of the database; letters and digits, because it becomes part of a URL.'],
  ['LDAP_ADMIN_PASSWORD', 'Password of cn=admin,dc=example,dc=org.'],
];

const GROUP_TITLES: Readonly<Record<string, string>> = {
  http: 'HTTP',
  database: 'Database',
  process: 'Process',
  secrets: 'Secrets at rest',
  auth: 'Logging in',
  queue: 'Queue',
  logging: 'Logging',
};

/** docs/configuration.md, formatted as the formatter leaves it. */
export function configurationPage(groups: readonly SettingsGroup[]): string {
  const tables = groups.flatMap((group) => [
    `## ${GROUP_TITLES[group.name] ?? group.name}`,
    table(
      ['Setting', 'Default', 'Allowed', 'What it is'],
      Object.values(group.shape).map((setting) => [
        `\`${setting.env}\`${setting.isSecret ? ' (secret)' : ''}`,
        code(defaultOf(setting)),
        allowedBy(setting),
        setting.about.replaceAll('|', String.raw`\|`),
      ]),
    ),
  ]);
  return `${[
    '# Configuration',
    '<!-- Written by npm run docs:generate from the settings in src/; do not edit. -->',
    'Provost is configured by environment variables. It reads them once, at start; a change needs a restart.',
    'All faults are reported at once. A variable that begins with `PROVOST_` and is no setting stops the start, with the ' +
      'nearest known name. An empty variable counts as not set.',
    'A setting marked (secret) can also be read from a file: put the path into the variable of the same name with `_FILE` ' +
      'at its end. One line break at the end of the file does not count. Secrets are never logged.',
    'At the level `debug` the first log lines say where each value came from: environment, file or default.',
    ...tables,
    'The client `provost` has variables of its own, which begin with `PROVOSTCTL_`: see [cli.md](cli.md).',
  ].join('\n\n')}\n`;
}

/** .env.example: every setting, commented out where there is a default. */
export function environmentExample(groups: readonly SettingsGroup[]): string {
  const settings = groups.flatMap((group) => [
    `# ${GROUP_TITLES[group.name] ?? group.name}`,
    ...Object.values(group.shape).flatMap((setting) => [
      `# ${setting.about}`,
      `# ${setting.env}=${defaultOf(setting) ?? ''}`,
    ]),
    '',
  ]);
  return [
    '# Every setting of Provost, with its default. docs/configuration.md says what is allowed.',
    '# docker compose reads a file .env beside docker-compose.yml by itself. For npm start:',
    '#   set -a; . ./.env; set +a; npm start',
    '# Written by npm run docs:generate; do not edit.',
    '',
    '# For docker-compose.yml alone; npm start does not look at them. It also needs PROVOST_SECRETS_KEY, below.',
    ...FOR_COMPOSE.flatMap(([name, about]) => [`# ${about}`, `${name}=`]),
    '',
    ...settings,
  ].join('\n');
}

function defaultOf(setting: Setting): string | undefined {
  const parsed = setting.schema.safeParse(undefined);
  if (!parsed.success || parsed.data === undefined) return undefined;
  if (typeof parsed.data === 'string') return parsed.data;
  return Array.isArray(parsed.data) ? parsed.data.join(',') : JSON.stringify(parsed.data);
}

function allowedBy(setting: Setting): string {
  const { minimum, maximum, enum: choices } = z.toJSONSchema(setting.schema, { io: 'input' });
  if (choices !== undefined) return choices.map((choice) => code(String(choice))).join(', ');
  return minimum === undefined || maximum === undefined ? '' : `${minimum} to ${maximum}`;
}

function code(text: string | undefined): string {
  return text === undefined ? 'none' : `\`${text}\``;
}

/** Columns padded to their widest cell, as the formatter does it. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(head), rule, ...rows.map(line)].join('\n');
}
