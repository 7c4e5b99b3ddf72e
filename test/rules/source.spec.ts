// What the linter cannot say about the sources.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { root } from '../support/repository.js';

const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(`${root}/${file}`));
const sources = files.filter(
  (file) => /^(src|migrations|seeds)\/.*\.ts$/.test(file) && !file.endsWith('.spec.ts'),
);

/** Files that may do what the rule forbids, each with the reason; entries that no longer need it fail the test. */
const ALLOWED: Record<string, { pattern: RegExp; files: Record<string, string> }> = {
  'the environment is read by the configuration alone': {
    pattern: /process\.env\b/,
    files: {
      'src/cli/environment.ts': 'the client is a program of its own',
      'src/platform/config/load-settings.ts': 'the one reader',
    },
  },
  'time is asked of the Clock': {
    pattern: /new Date\(\)|Date\.now\(\)/,
    files: {
      'src/cli/environment.ts': 'the client is a program of its own',
      'src/platform/clock/clock.ts': 'the clock itself',
    },
  },
  'hosts are dialled by the dialer alone': {
    // What connects: by Node's modules, by fetch, or by a client library that dials by itself.
    pattern: new RegExp(
      [
        String.raw`import (?!type\b)(?:\w+|\* as \w+|\{[^}]*?(?<!type )\b(?:connect|createConnection|Socket|TLSSocket|request|get|lookup|resolve\w*|createSocket)\b[^}]*\}) from 'node:(?:net|tls|https?|http2|dgram|dns)(?:/promises)?'`,
        String.raw`import \{[^}]*?(?<!type )\b(?:Client|Pool)\b[^}]*\} from '(?:pg|ldapts)'`,
        String.raw`\bimport\('(?:node:(?:net|tls|https?|http2|dgram|dns)|pg|ldapts|undici)`,
        String.raw`from '(?:undici|axios|got)'`,
        String.raw`\bfetch\(`,
      ].join('|'),
    ),
    files: {
      'seeds/demo-organisation/accounts-database.ts': "Provost's own database server",
      'src/cli/api/http.ts': 'the client is a program of its own',
      'src/embedded/directory/base-entries.ts': 'the server that was just started',
      'src/embedded/postgres/connection.ts': 'the server that was just started',
      'src/platform/database/grants.ts': "Provost's own database",
      'src/platform/database/migrate.ts': "Provost's own database",
      'src/queue/notices/webhook.ts': 'posts on a socket that was dialled',
      'src/queue/wake-up.ts': "Provost's own database",
      'src/platform/dialer/dialer.ts': 'the dialer itself',
      'src/platform/dialer/guarded-socket.ts': 'its socket for libraries that connect by themselves',
      'src/platform/directory/socket.ts': 'TLS on a socket that was dialled',
      'src/plugins/connectors/sql/sql-session.ts': 'connects by the socket it is given',
    },
  },
  'chance is asked of the platform': {
    pattern: /Math\.random\(\)/,
    files: { 'src/platform/clock/draw.ts': 'the draw itself' },
  },
};

describe('the sources', () => {
  it.each(Object.entries(ALLOWED))('%s', (_rule, { pattern, files: allowed }) => {
    const found = sources.filter((file) => pattern.test(code(file)));
    expect(found.toSorted()).toEqual(Object.keys(allowed).toSorted());
  });

  it('have no drawer for what has no place', () => {
    const drawers = /(^|\/)(utils?|helpers?|common|shared|misc|types|interfaces|constants)(\/|$)/;
    expect(files.filter((file) => drawers.test(dirname(file)))).toEqual([]);
  });

  it('are named in kebab-case', () => {
    const odd = files.filter(
      (file) =>
        /^(src|migrations|seeds|test)\/.*\.(ts|sql)$/.test(file) &&
        !/^[a-z0-9]+([-.][a-z0-9]+)*\.(ts|sql)$/.test(basename(file)),
    );
    expect(odd).toEqual([]);
  });

  it('keep every file short enough to be read at once', () => {
    const long = sources.filter((file) => readFileSync(`${root}/${file}`, 'utf8').split('\n').length > 320);
    expect(long).toEqual([]);
  });

  it('have no secret, registry host or path of a machine in them', () => {
    const suspicious = /BEGIN (EC |RSA )?PRIVATE KEY|registry\.npmjs|\/home\/[a-z]+\/|\/root\/(?!\.)/;
    const found = files
      .filter((file) => /\.(ts|mjs|cjs|js|json|md|sql|yml|sh)$/.test(file) && !file.startsWith('test/'))
      .filter((file) => suspicious.test(readFileSync(`${root}/${file}`, 'utf8')));
    expect(found).toEqual([]);
  });
});

/** A source without its comments. */
function code(file: string): string {
  return readFileSync(`${root}/${file}`, 'utf8')
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/^\s*\/\/.*$/gm, '');
}
