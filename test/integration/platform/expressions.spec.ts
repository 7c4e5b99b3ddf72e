import { expect, it } from '@jest/globals';
import { Expressions } from '../../../src/platform/expressions/index.js';
import { compiledChild } from '../../support/expression-child.js';

it('x', async () => {
  const e = new Expressions({ log: console as never, childEntry: compiledChild() });
  console.log(
    await e.evaluate(
      [
        { id: 'a', source: "identity.login + '@x'" },
        { id: 'b', source: '1+2' },
        { id: 'c', source: 'default(identity.foo.bar, identity.d)' },
        { id: 'd', source: "{'a': [1,2.5,3u,b'abc']}" },
        { id: 'e', source: 'identity.x + 1' },
        { id: 'f', source: '1 + null' },
      ],
      { identity: { login: 'ada', d: new Date(0) } },
    ),
  );
  console.log(
    e.check('identity.lgin + foo.bar(1) + lower(1, 2) + "a".matches("(") + bar', { identity: ['login'] }),
  );
  await e.close();
});
