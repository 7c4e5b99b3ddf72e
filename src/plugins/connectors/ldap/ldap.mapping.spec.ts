import { describe, expect, it } from '@jest/globals';
import { parseDn } from '../../../platform/directory/index.js';
import { toAttributes, toChanges, toEntryAttributes, toTransfer } from './ldap.mapping.js';

const transfer = toTransfer(['jpegPhoto', 'userCertificate;binary']);
const [rdn = []] = parseDn('uid=ada+cn=Ada,dc=org');

describe('a new entry', () => {
  it('gets its object class and the values of its name', () => {
    const sent = toEntryAttributes(
      'person',
      rdn,
      { CN: ['Ada Lovelace'], sn: ['Lovelace'], mail: [] },
      transfer,
    );

    expect(sent).toEqual([
      { type: 'objectClass', values: ['person'] },
      { type: 'uid', values: ['ada'] },
      { type: 'CN', values: ['Ada Lovelace'] },
      { type: 'sn', values: ['Lovelace'] },
    ]);
  });

  it('keeps the object classes it is given', () => {
    const sent = toEntryAttributes('person', [], { objectclass: ['top', 'person'] }, transfer);

    expect(sent).toEqual([{ type: 'objectclass', values: ['top', 'person'] }]);
  });
});

describe('a change', () => {
  it('replaces, or removes before it adds; nothing is left out and nothing is emptied by accident', () => {
    const bytes = new Uint8Array([1, 2, 3]).subarray(1);

    expect(
      toChanges(
        [
          { attribute: 'cn', replace: [] },
          { attribute: 'mail', add: ['b'], remove: ['a'] },
          { attribute: 'sn', add: [], remove: [] },
          { attribute: 'userCertificate', add: [bytes], remove: [] },
        ],
        transfer,
      ),
    ).toEqual([
      { operation: 'replace', type: 'cn', values: [] },
      { operation: 'delete', type: 'mail', values: ['a'] },
      { operation: 'add', type: 'mail', values: ['b'] },
      { operation: 'add', type: 'userCertificate;binary', values: [Buffer.from([2, 3])] },
    ]);
  });

  it.each(['a\u0000', '\udc00', 'a\ud800b'])('is refused for text that cannot be sent: %j', (value) => {
    expect(() => toChanges([{ attribute: 'cn', replace: [value] }], transfer)).toThrow('nothing was sent');
  });
});

describe('an entry', () => {
  const entry = {
    dn: 'dc=org',
    attributes: new Map([
      ['cn', [Buffer.from('\uFEFFé')]],
      ['cn;lang-de', [Buffer.from('Anna')]],
      ['jpegphoto', [Buffer.from('text')]],
      ['usercertificate;binary', [Buffer.from([1])]],
      ['description', [Buffer.from([0xff])]],
      ['mail', []],
    ]),
  };

  it('gives what was asked for, as it was asked for', () => {
    const asked = ['CN', 'jpegPhoto', 'userCertificate', 'description', 'mail', 'sn', '__proto__'];

    expect(toAttributes(entry, asked, transfer)).toEqual({
      CN: ['\uFEFFé'],
      jpegPhoto: [new Uint8Array(Buffer.from('text'))],
      userCertificate: [new Uint8Array([1])],
      description: [new Uint8Array([0xff])],
    });
  });
});
