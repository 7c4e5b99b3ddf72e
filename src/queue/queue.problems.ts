import { problemTable } from '../platform/http/index.js';

export const queueProblems = problemTable('queue', {
  operationNotFound: {
    status: 404,
    title: 'There is no such operation',
    remedy: '`GET /api/v1/operations` lists what waits; ids look like `o41-7`.',
  },
  operationFinished: {
    status: 409,
    title: 'The operation is finished',
    remedy: '`GET /api/v1/operations/{id}` says how it ended; nothing can be done to it.',
  },
  operationRunning: {
    status: 409,
    title: 'The operation is being executed',
    remedy: 'Look again in a moment.',
  },
  operationWaitsBehind: {
    status: 409,
    title: 'The operation waits behind another one',
    remedy: 'Retry or cancel the one it waits behind.',
  },
  operationHeld: {
    status: 409,
    title: 'The target holds the operation back',
    remedy: 'Lift the hold with `DELETE /api/v1/targets/{id}/hold`; what it held goes on by itself.',
  },
  operationNotUnknown: {
    status: 409,
    title: 'The end of the operation is known',
    remedy: 'Retry or cancel it. Only an operation whose effect is UNKNOWN can be confirmed.',
  },
  nothingBehind: {
    status: 409,
    title: 'Nothing stands behind the operation',
    remedy: 'Nothing is to be done; `GET /api/v1/operations` lists what waits.',
  },
  selectionChanged: {
    status: 409,
    title: 'It would move other operations than were previewed',
    remedy: 'Preview again and look at what it is now; name them by `ids` when they change all the time.',
  },
  groupNotFound: {
    status: 404,
    title: 'There is no such group of operations',
    remedy: 'Its number is in the header `Provost-Group` of the answer to a change with `Prefer: wait=N`.',
  },
  targetNotFound: {
    status: 404,
    title: 'There is no such target',
    remedy: '`GET /api/v1/targets` lists them.',
  },
  targetRestored: {
    status: 409,
    title: 'Everything is held after a restore',
    remedy: 'Look at `GET /api/v1/queue/restoration`, then release it there.',
  },
  targetNotHeld: {
    status: 409,
    title: 'The target is not held',
    remedy: 'Nothing is to be done: `GET /api/v1/operations/{id}/explain` says what an operation waits for.',
  },
  targetAlwaysWritten: {
    status: 409,
    title: 'The database cannot be read-only',
    remedy: 'Hold it as `disabled` or `maintenance`, or make the systems read-only.',
  },
});
