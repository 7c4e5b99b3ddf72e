import { problemTable } from '../platform/http/index.js';

/** The problems of logging in and of keeping operators. */
export const authProblem = problemTable('auth', {
  credentialsRefused: { status: 401, title: 'The login or the password is not right' },
  refreshRefused: { status: 401, title: 'The refresh token is not valid' },
  setupTokenRefused: { status: 401, title: 'The setup token is not valid' },
  operatorNotFound: { status: 404, title: 'No such operator' },
  setupDone: { status: 409, title: 'Setup is done already' },
  loginTaken: { status: 409, title: 'The login is taken' },
  lastAdministrator: { status: 409, title: 'The last administrator must stay' },
  tooManyLogins: { status: 503, title: 'Too many logins at once' },
});
