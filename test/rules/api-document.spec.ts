// The API document, read from the routes without a server: what is committed, and what other people's rules say of it.
import { beforeAll, describe, expect, it } from '@jest/globals';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import spectral, { type RulesetDefinition } from '@stoplight/spectral-core';
import owasp from '@stoplight/spectral-owasp-ruleset';
import rulesets from '@stoplight/spectral-rulesets';
import { describeApi } from '../../src/describe-api.js';
import { apiDocumentText, problemsPage } from '../../src/generated-pages.js';
import { declaredProblems } from '../../src/platform/http/index.js';
import { type LintException, lintExceptions } from './api-lint-exceptions.js';
import { read } from './pages.js';

interface Finding {
  readonly code: string | number;
  readonly place: string;
  readonly message: string;
}

describe('docs/openapi.json', () => {
  const text = read('docs/openapi.json');
  const document = JSON.parse(text) as Record<string, unknown>;
  const asked = schemasAskedFor(document);
  let findings: Finding[];

  beforeAll(async () => {
    const linter = new spectral.Spectral();
    linter.setRuleset({
      extends: [
        [rulesets.oas as RulesetDefinition, 'all'],
        [owasp as unknown as RulesetDefinition, 'all'],
      ],
      // An exception that holds everywhere is a rule that is not asked.
      rules: Object.fromEntries(
        lintExceptions.filter(({ places }) => places === undefined).map(({ rule }) => [rule, 'off']),
      ),
    });
    const results = await linter.run(document);
    findings = results.map(({ code, path, message }) => ({ code, message, place: path.join('/') }));
  }, 120_000);

  const isAbout = ({ rule, places }: LintException, { code, place }: Finding): boolean => {
    if (rule !== code) return false;
    if (places !== 'answers') return places?.test(place) ?? true;
    const schema = /^components\/schemas\/([^/]+)/.exec(place)?.[1];
    return schema === undefined ? /\/responses\//.test(place) : !asked.has(schema);
  };

  it('is what the routes say of themselves (npm run docs:generate)', async () => {
    expect(apiDocumentText(await describeApi())).toBe(text);
  });

  it('passes the strict rules of Redocly', async () => {
    const config = await createConfig({ extends: ['recommended-strict'] });
    const problems = await lintFromString({ source: text, config });
    expect(problems.map(({ message, location }) => `${location[0]?.pointer}: ${message}`)).toEqual([]);
  });

  it('passes the rules of Spectral and of OWASP, but for the written exceptions', () => {
    const offending = findings.filter((finding) => !lintExceptions.some((each) => isAbout(each, finding)));
    expect(offending.map(({ code, place, message }) => `${code}: ${place}: ${message}`)).toEqual([]);
  });

  it('needs each exception that is about some places', () => {
    const needless = lintExceptions.filter(
      (exception) =>
        exception.places !== undefined && !findings.some((finding) => isAbout(exception, finding)),
    );
    expect(needless).toEqual([]);
  });
});

/** The named schemas that a request can hold, however deep inside. */
function schemasAskedFor({ paths, components }: Record<string, unknown>): Set<string> {
  const { schemas } = components as { schemas: Record<string, unknown> };
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    for (const [, name = ''] of JSON.stringify(value).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      if (found.has(name)) continue;
      found.add(name);
      visit(schemas[name]);
    }
  };
  for (const methods of Object.values(paths as Record<string, Record<string, Record<string, unknown>>>)) {
    for (const { parameters, requestBody } of Object.values(methods)) visit([parameters, requestBody]);
  }
  return found;
}

describe('docs/problems.md', () => {
  it('is what the modules declare (npm run docs:generate)', () => {
    expect(read('docs/problems.md')).toBe(problemsPage(declaredProblems()));
  });
});
