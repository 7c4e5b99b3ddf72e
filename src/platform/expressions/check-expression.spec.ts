import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { checkExpression, type VariableShape } from './check-expression.js';
import { limits } from './limits.js';

const variables: VariableShape = {
  identity: ['id', 'login', 'givenName', 'surname', 'title'],
  roles: 'open',
  form: 'open',
  system: ['name'],
};

function messages(source: string): string[] {
  return checkExpression(source, variables).map(({ message }) => message);
}

describe('checking an expression', () => {
  it.each([
    "identity.givenName + ' ' + identity.surname",
    "rdn('uid', identity.login) + ',ou=people,dc=example'",
    "roles.exists(r, r == 'staff') ? 'employee' : 'student'",
    "roles.filter(r, r.startsWith('app-')).map(r, {'role': r, 'of': identity.login})",
    "has(form.phone) && form['phone'].matches('^[0-9+ ]{5,20}$')",
    "default(form.address.city, 'nowhere')",
    "// who is (old\n// enough\ntype(form.age) == int && form.age >= 18 // a 'comment (",
    "'''it's a \"text\" (''' + r'\\(' + \"]\"",
    '[1, 2].all(identity, identity > 0)',
  ])('accepts %s', (source) => {
    expect(messages(source)).toEqual([]);
  });

  it('reports an unknown field at its place and suggests the nearest one', () => {
    expect(checkExpression("'x' + identity.surnam", variables)).toEqual([
      {
        line: 1,
        column: 16,
        message: 'Column 16: “identity” has no value “surnam”. Did you mean “surname”?',
      },
    ]);
  });

  it('reports every problem of an expression in the order of the text', () => {
    expect(messages("identiy.login + lowr('A')\n  + system['nam']")).toEqual([
      'Line 1, column 1: There is no variable “identiy”. Did you mean “identity”?',
      'Line 1, column 17: There is no function “lowr”. Did you mean “lower”?',
      'Line 2, column 12: “system” has no value “nam”. Did you mean “name”?',
    ]);
  });

  it('lists what there is when nothing is near', () => {
    expect(messages('password')).toEqual([
      'Column 1: There is no variable “password”. Variables: form, identity, roles, system.',
    ]);
    expect(messages('eval(1)')).toEqual([
      'Column 1: There is no function “eval”. All of them are listed in docs/expressions.md.',
    ]);
  });

  it('reports a mistyped field also within has, default and loops', () => {
    expect(messages('has(identity.titel)')).toHaveLength(1);
    expect(messages("default(identity.titel, '')")).toHaveLength(1);
    expect(messages('roles.map(r, identity.titel)')).toHaveLength(1);
  });

  it('knows the variable of a loop only within the loop', () => {
    expect(messages('roles.map(r, r) + r')).toEqual([
      'Column 19: There is no variable “r”. Variables: form, identity, roles, system.',
    ]);
  });

  it('says how a function is written when it is called in another way', () => {
    expect(messages('identity.login.lower()')).toEqual([
      'Column 16: “lower” is called in another way: lower(text) → text.',
    ]);
    expect(messages("roles.exists('a')")).toEqual([
      'Column 7: “exists” is called in another way: list.exists(x, condition) → bool.',
    ]);
    expect(messages('has(identity)')).toEqual([
      'Column 1: “has” is called in another way: has(path) → bool.',
    ]);
    expect(messages('lower')).toEqual(['Column 1: “lower” is a function and is written lower(text) → text.']);
  });

  it.each(['constructor', '__proto__', 'toString', 'identity.constructor', 'system.__proto__'])(
    'does not take %s for a known name',
    (source) => {
      expect(messages(source)).toHaveLength(1);
    },
  );

  it.each([
    ["identity.login + '", "Column 18: The text that starts here is not closed. Add ' at its end."],
    ['lower(identity.login', 'Column 6: “(” is never closed. Add “)”.'],
    ['lower(identity.login]', 'Column 21: “]” does not close “(” of column 6. Put “)” before it.'],
    ['identity.login)', 'Column 15: “)” closes nothing. Remove it, or add its opening bracket.'],
    ['', 'Column 1: The expression is empty. Write a value, for example identity.login.'],
    ['if', 'Column 1: This word is reserved in CEL and cannot be used as a name. Use another one.'],
    ["'\\ud800'", 'Column 1: The expression cannot be read: surrogate code points are not allowed.'],
    ['99999999999999999999', 'Column 1: The number does not fit into 64 bits. Write it as text, in quotes.'],
    [
      "google.protobuf.Struct{fields: {'a': 1}}",
      "Column 1: “google.protobuf.Struct{…}” makes a message, and there are none here. Write a map: {'key': value}.",
    ],
  ])('explains %s', (source, message) => {
    expect(messages(source)).toEqual([message]);
  });

  it('explains an operator without a value', () => {
    expect(messages('identity.login +')[0]).toMatch(
      /^Column 16: The expression cannot be read from “\+” on\./u,
    );
  });

  it('refuses a pattern that is not RE2, and names the reason', () => {
    expect(messages("identity.login.matches('^(?=a)')")).toEqual([
      'Column 24: The pattern is not valid: invalid or unsupported Perl syntax: `(?=`. It is RE2, without look-around and back-references.',
    ]);
  });

  it('refuses patterns that are large once written out, without compiling them', () => {
    const large = "identity.login.matches('((a{90}){90}){90}')";
    expect(messages(large)[0]).toMatch(/The patterns are too large/u);
    const many = Array.from({ length: 20 }, () => "identity.login.matches('a{900}')").join(' || ');
    expect(messages(many).length).toBeGreaterThan(0);
  });

  it('refuses what is too long, too deep or loops in loops in loops', () => {
    expect(messages(`'${'x'.repeat(limits.sourceBytes)}'`)[0]).toMatch(/4098 bytes; 4096 are allowed/u);
    expect(messages(`'${'ž'.repeat(limits.sourceBytes / 2)}'`)[0]).toMatch(/4098 bytes/u);
    expect(messages(`${'('.repeat(2000)}1${')'.repeat(2000)}`)[0]).toMatch(/nested more than 100 deep/u);
    expect(messages(`${'1+'.repeat(1000)}1`)[0]).toMatch(/more than 100 levels deep/u);
    expect(messages('true?1:'.repeat(500) + '1')[0]).toMatch(/more than 100 levels deep/u);
    expect(messages('roles.map(a, roles.map(b, roles.map(c, c)))')[0]).toMatch(
      /^Column 33: Loops may be nested 2/u,
    );
  });

  it('answers within bounds whatever the source is', () => {
    const piece = fc.constantFrom(
      ...`' " ( ) [ ] { } . + ? : , \\ // identity login default( .map(x, roles 1 1u r" b' null in 😀`.split(
        ' ',
      ),
      '__proto__',
      '\n',
      '\0',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        for (const { line, column, message } of checkExpression(pieces.join(' '), variables)) {
          expect(line).toBeGreaterThan(0);
          expect(column).toBeGreaterThan(0);
          expect(message.length).toBeLessThan(600);
        }
      }),
      { numRuns: 300 },
    );
  });
});
