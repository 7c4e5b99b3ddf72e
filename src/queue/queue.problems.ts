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
});
