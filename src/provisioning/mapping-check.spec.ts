import { describe, expect, it } from '@jest/globals';
import { Expressions } from '../platform/expressions/index.js';
import { checkMapping, type MappingToCheck } from './mapping-check.js';

const expressions = new Expressions({ log: { warn: () => undefined, error: () => undefined } });

const aMapping = (
  attributes: MappingToCheck['attributes'],
  identifierExpression = 'identity.login',
): MappingToCheck => ({ identifierExpression, attributes });

describe('the check of a mapping', () => {
  it('lets pass what names identity, roles, form and system', async () => {
    const mapping = aMapping(
      [
        {
          attribute: 'cn',
          expression: "default(identity.displayName, identity.givenName + ' ' + identity.surname)",
        },
        { attribute: 'employeeType', expression: "roles.map(code, code.replace('-', ' '))" },
        { attribute: 'jpegPhoto', expression: 'form.photo' },
        { attribute: 'description', expression: 'system.name' },
      ],
      "rdn('uid', identity.login) + ',ou=people,dc=example,dc=org'",
    );
    expect(await checkMapping(expressions, mapping)).toEqual([]);
  });

  it('says where, in which column and what to do', async () => {
    const mapping = aMapping(
      [
        { attribute: 'cn', expression: 'identity.surname' },
        { attribute: 'sn', expression: 'identity.surnam' },
        { attribute: 'mail', expression: 'lowr(identity.email) + identty.login' },
      ],
      "rdn('uid', identity.login",
    );
    expect(await checkMapping(expressions, mapping)).toEqual([
      { pointer: '/identifierExpression', detail: 'Column 4: “(” is never closed. Add “)”.' },
      {
        pointer: '/attributes/1/expression',
        detail: 'Column 10: “identity” has no value “surnam”. Did you mean “surname”?',
      },
      {
        pointer: '/attributes/2/expression',
        detail: 'Column 1: There is no function “lowr”. Did you mean “lower”?',
      },
      {
        pointer: '/attributes/2/expression',
        detail: 'Column 24: There is no variable “identty”. Did you mean “identity”?',
      },
    ]);
  });

  it('refuses an attribute that is mapped twice, whatever its case', async () => {
    const mapping = aMapping([
      { attribute: 'mail', expression: 'identity.email' },
      { attribute: 'cn', expression: 'identity.login' },
      { attribute: 'MAIL', expression: 'identity.email' },
    ]);
    const [error, ...others] = await checkMapping(expressions, mapping);
    expect(others).toEqual([]);
    expect(error?.pointer).toBe('/attributes/2/attribute');
    expect(error?.detail).toContain('"MAIL" is mapped already at /attributes/0');
  });

  it('does not parse a mapping that is too long', async () => {
    const attributes = Array.from({ length: 17 }, (_, at) => ({
      attribute: `a${at}`,
      expression: `'${'x'.repeat(4000)}'`,
    }));
    const [error, ...others] = await checkMapping(
      {
        check: () => {
          throw new Error('it was parsed');
        },
      },
      aMapping(attributes),
    );
    expect(others).toEqual([]);
    expect(error?.pointer).toBe('/attributes');
    expect(error?.detail).toContain('68048 characters together; 65536 are allowed');
  });

  it('lets others have their turn between two expressions', async () => {
    let turns = 0;
    const counting = setInterval(() => (turns += 1), 0);
    const attributes = Array.from({ length: 50 }, (_, at) => ({ attribute: `a${at}`, expression: '1' }));
    const busy: Pick<Expressions, 'check'> = {
      check: (source, variables) => {
        const end = performance.now() + 2;
        while (performance.now() < end);
        return expressions.check(source, variables);
      },
    };
    await checkMapping(busy, aMapping(attributes));
    clearInterval(counting);
    expect(turns).toBeGreaterThan(10);
  });
});
