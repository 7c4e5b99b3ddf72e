// What the registry refuses, and as what.
import { problemTable } from '../platform/http/index.js';

export const registryProblem = problemTable('registry', {
  identityNotFound: { status: 404, title: 'No such identity' },
  roleNotFound: { status: 404, title: 'No such role' },
  formAttributeNotFound: { status: 404, title: 'No such form attribute' },
  formValueNotFound: { status: 404, title: 'The form attribute has no value' },
  loginTaken: { status: 409, title: 'The login is taken' },
  roleCodeTaken: { status: 409, title: 'The role code is taken' },
  roleInUse: { status: 409, title: 'The role is in use' },
  formAttributeTaken: { status: 409, title: 'The form attribute exists' },
  unknownRole: { status: 422, title: 'No role has this code' },
  attachmentTooLarge: { status: 413, title: 'The attachment is too large' },
  attachmentTypeRefused: { status: 415, title: 'This kind of attachment is not accepted' },
  uploadBroken: { status: 400, title: 'The upload broke off' },
});

/** 404, with where to look. */
export const noIdentity = (id: string): Error =>
  registryProblem.identityNotFound(`No identity has the id ${id}. GET /api/v1/identities lists them.`);

/** 404, with where to look. */
export const noRole = (id: string): Error =>
  registryProblem.roleNotFound(`No role has the id ${id}. GET /api/v1/roles lists them.`);
