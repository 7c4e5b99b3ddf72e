// The secrets that people and installations bring along; those that the service makes are learned as it makes them.
import { randomBytes } from 'node:crypto';
import { Canaries } from './canaries.js';

export const canaries = new Canaries();

export const secret = {
  owner: canaries.plant('password of the owner of the tables'),
  serving: canaries.plant('password of the role that serves'),
  key: canaries.addBytes('PROVOST_SECRETS_KEY', randomBytes(32)),
  directory: canaries.plant('password of LDAP_ADMIN and of the directory system'),
  dsa: canaries.plant('password of a DSA of the directory'),
  person: canaries.plant('password of a person in the directory'),
  table: canaries.plant('password of the database system'),
  wrongDirectory: canaries.plant('wrong password of a directory system'),
  wrongTable: canaries.plant('wrong password of a database system'),
  changed: canaries.plant('secret that a system was changed to'),
  repeated: canaries.plant('secret in a request with an Idempotency-Key'),
  first: canaries.plant('password of the first administrator'),
  wrong: canaries.plant('wrong password at a login'),
  asLogin: canaries.plant('password typed into the login field'),
  typed: canaries.plantPlain('password typed on the command line of the client'),
  fileKey: canaries.plantPlain('key in a service key file that is none'),
} as const;
