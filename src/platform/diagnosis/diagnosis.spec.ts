import { describe, expect, it } from '@jest/globals';
import { Diagnosis } from './diagnosis.js';
import { fault, fine, warning, worstOf } from './finding.js';

describe('a diagnosis', () => {
  it('tells area by area, the worst first', async () => {
    const diagnosis = new Diagnosis();
    diagnosis.add({ area: 'queue', subject: 'It', look: async () => [fine('well', 'queue')] });
    diagnosis.add({
      area: 'database',
      subject: 'It',
      look: async () => [fine('well', 'a'), fault('broken', 'b', 'mend it'), warning('weak', 'c', 'look')],
    });
    const findings = await diagnosis.findings();
    expect(findings.map(({ area, level }) => `${area} ${level}`)).toEqual([
      'database error',
      'database warning',
      'database ok',
      'queue ok',
    ]);
  });

  it('takes a check that fails for a finding, without the secrets in its words', async () => {
    const diagnosis = new Diagnosis();
    diagnosis.add({
      area: 'database',
      subject: 'The schema',
      look: () => Promise.reject(new Error('no route to postgres://anna:hunter2@db/provost')),
    });
    const [finding] = await diagnosis.findings();
    expect(finding).toMatchObject({ area: 'database', level: 'error' });
    expect(finding?.what).toContain('The schema could not be looked at: no route to');
    expect(finding?.what).not.toContain('hunter2');
  });

  it('gives up a check that never answers, and tells what the others have seen', async () => {
    const diagnosis = new Diagnosis();
    diagnosis.add({ area: 'systems', subject: 'A silent one', look: () => new Promise(() => undefined) });
    diagnosis.add({ area: 'queue', subject: 'It', look: async () => [fine('well', 'queue')] });
    const findings = await diagnosis.findings(5);
    expect(findings.map(({ level }) => level)).toEqual(['error', 'ok']);
    expect(findings[0]?.what).toContain(
      'A silent one could not be looked at: there was no answer within 5 ms',
    );
  });
});

describe('the worst of several levels', () => {
  it.each([
    [[], 'ok'],
    [['ok', 'ok'], 'ok'],
    [['warning', 'ok'], 'warning'],
    [['warning', 'error', 'ok'], 'error'],
  ] as const)('of %j is %s', (levels, worst) => {
    expect(worstOf(levels)).toBe(worst);
  });
});
