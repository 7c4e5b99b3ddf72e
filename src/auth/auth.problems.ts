import { problemTable } from '../platform/http/index.js';

/** The problems of logging in and of keeping operators. */
export const authProblem = problemTable('auth', {
  credentialsRefused: {
    status: 401,
    title: 'The login or the password is not right',
    remedy: 'Check both. A disabled operator gets the same answer; an administrator can see which it is.',
  },
  refreshRefused: {
    status: 401,
    title: 'The refresh token is not valid',
    remedy: 'Use the newest refresh token you were given, or log in again.',
  },
  serviceKeyRefused: {
    status: 401,
    title: 'The key is not valid',
    remedy: 'Use a key that is neither expired nor revoked; an administrator can make another one.',
  },
  setupTokenRefused: {
    status: 401,
    title: 'The setup token is not valid',
    remedy: 'Use the token that the last start of the service printed; it lives for 24 hours.',
  },
  ownAccountStays: {
    status: 409,
    title: 'Nobody deletes themselves',
    remedy: 'Let another administrator delete your account.',
  },
  passwordElsewhere: {
    status: 409,
    title: 'The password is not kept here',
    remedy: 'Change the password where it is kept: in the directory.',
  },
  operatorNotFound: { status: 404, title: 'No such operator', remedy: '`GET /api/v1/operators` lists them.' },
  serviceNotFound: { status: 404, title: 'No such service', remedy: '`GET /api/v1/services` lists them.' },
  serviceKeyNotFound: {
    status: 404,
    title: 'No such key',
    remedy: '`GET /api/v1/services/{id}/keys` lists those of a service.',
  },
  sessionNotFound: {
    status: 404,
    title: 'No such session',
    remedy: '`GET /api/v1/auth/sessions` lists those you have.',
  },
  setupDone: {
    status: 409,
    title: 'Setup is done already',
    remedy: 'Log in; an administrator creates further operators.',
  },
  loginTaken: {
    status: 409,
    title: 'The login is taken',
    remedy: 'Choose another login; case does not count.',
  },
  lastAdministrator: {
    status: 409,
    title: 'The last administrator must stay',
    remedy: 'Make another operator an administrator first.',
  },
  rotationUnderWay: {
    status: 409,
    title: 'The next signing key is on its way',
    remedy: 'Wait until it signs, or revoke the others at once with `revokeOld`.',
  },
  currentPasswordWrong: {
    status: 422,
    title: 'The current password is not right',
    remedy: 'Enter the password you log in with; nothing was changed.',
  },
  realmNotConfigured: {
    status: 422,
    title: 'Nobody logs in with this realm here',
    remedy: 'Log in with the realm `local`, or ask whoever runs the service to configure the directory.',
  },
  unknownPermission: {
    status: 422,
    title: 'No route asks for this permission',
    remedy: 'Correct each permission in `errors`; `x-permission` of the routes says what there is.',
  },
  tooManyAttempts: {
    status: 429,
    title: 'Too many wrong attempts',
    remedy: 'Try again after `Retry-After`; the wait grows with each wrong attempt and ends by itself.',
  },
  directoryUnavailable: {
    status: 503,
    title: 'The directory does not answer',
    remedy: 'Try again after `Retry-After`; the log of the service says what the directory answered.',
  },
  accountLocked: {
    status: 503,
    title: 'The account is locked for now',
    remedy: 'Try again after `Retry-After`; the session stands. Who keeps the directory can unlock it.',
  },
  tooManyLogins: { status: 503, title: 'Too many logins at once', remedy: 'Try again after `Retry-After`.' },
});
