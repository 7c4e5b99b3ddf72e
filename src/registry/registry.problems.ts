// What the registry refuses, and as what.
import { problemTable } from '../platform/http/index.js';

export const registryProblem = problemTable('registry', {
  identityNotFound: {
    status: 404,
    title: 'No such identity',
    remedy: '`GET /api/v1/identities?login=…` finds one by login.',
  },
  roleNotFound: { status: 404, title: 'No such role', remedy: '`GET /api/v1/roles` lists them.' },
  formAttributeNotFound: {
    status: 404,
    title: 'No such form attribute',
    remedy: '`GET /api/v1/form-attributes` lists them; create it first.',
  },
  formValueNotFound: {
    status: 404,
    title: 'The form attribute has no value',
    remedy: 'Nothing was uploaded for this identity.',
  },
  loginTaken: {
    status: 409,
    title: 'The login is taken',
    remedy: 'Choose another login, or change the identity that has it; case does not count.',
  },
  roleCodeTaken: { status: 409, title: 'The role code is taken', remedy: 'Choose another code.' },
  roleInUse: {
    status: 409,
    title: 'The role is in use',
    remedy: 'Take it from everybody and from every mapping first.',
  },
  formAttributeTaken: {
    status: 409,
    title: 'The form attribute exists',
    remedy: 'Use the one there is, or choose another code.',
  },
  unknownRole: {
    status: 422,
    title: 'No role has this code',
    remedy: 'Create the role first, or correct the code.',
  },
  attachmentTooLarge: {
    status: 413,
    title: 'The attachment is too large',
    remedy: 'Send a smaller file; the form attribute says how large it may be.',
  },
  attachmentTypeRefused: {
    status: 415,
    title: 'This kind of attachment is not accepted',
    remedy: 'Send a kind the form attribute accepts, with a `Content-Type` that agrees with the bytes.',
  },
  uploadBroken: { status: 400, title: 'The upload broke off', remedy: 'Nothing was kept; send it again.' },
});

/** 404, with where to look. */
export const noIdentity = (id: string): Error =>
  registryProblem.identityNotFound(`No identity has the id ${id}. GET /api/v1/identities lists them.`);

/** 404, with where to look. */
export const noRole = (id: string): Error =>
  registryProblem.roleNotFound(`No role has the id ${id}. GET /api/v1/roles lists them.`);
