// What is written from what the code declares: pages, .env.example, the API document. Tests hold the files against these.
import { z } from 'zod';
import type { SettingsGroup } from './platform/config/index.js';
import type { DeclaredProblem } from './platform/http/index.js';

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
  directory: 'Logging in with a directory',
  dialer: 'What may be dialled',
  queue: 'Queue',
  notices: 'Notices',
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

const PROBLEM_TITLES: Readonly<Record<string, string>> = {
  http: 'Any route',
  audit: 'The audit record',
  auth: 'Logging in and operators',
  registry: 'Identities, roles, attachments',
  provisioning: 'Systems, mappings, accounts',
  queue: 'The queue',
  schedule: 'Schedules',
};

/** docs/problems.md, formatted as the formatter leaves it. */
export function problemsPage(problems: readonly DeclaredProblem[]): string {
  const modules = [...new Set([...Object.keys(PROBLEM_TITLES), ...problems.map(moduleOf)])];
  const sections = modules.flatMap((module) => {
    const rows = problems.filter((problem) => moduleOf(problem) === module).toSorted(byStatus);
    if (rows.length === 0) return [];
    return [
      `## ${PROBLEM_TITLES[module] ?? module}`,
      table(
        ['Type', 'Status', 'Title', 'What to do'],
        rows.map(({ type, status, title, remedy }) => [
          `\`${type}\``,
          String(status),
          title,
          remedy.replaceAll('|', String.raw`\|`),
        ]),
      ),
    ];
  });
  return `${[
    '# Problems',
    "<!-- Written by npm run docs:generate from the modules' *.problems.ts; do not edit. -->",
    'Every error of the API is `application/problem+json` (RFC 9457). `type` names its kind, and is the address of what this ' +
      'page says of it: `GET /problems/http/not-found`; `GET /problems` lists all. `detail` says what happened this time and ' +
      'what to do; `instance` is the request id, by which the log can be searched.',
    ...sections,
  ].join('\n\n')}\n`;
}

/** docs/openapi.json. */
export function apiDocumentText(document: object): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function moduleOf({ type }: DeclaredProblem): string {
  return type.split('/')[2] ?? '';
}

function byStatus(one: DeclaredProblem, other: DeclaredProblem): number {
  return one.status - other.status;
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
  return text === undefined || text === '' ? 'none' : `\`${text}\``;
}

/** Columns padded to their widest cell, as the formatter does it. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, column) => (cells[column] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = line(widths.map((width) => '-'.repeat(width)));
  return [line(head), rule, ...rows.map(line)].join('\n');
}
