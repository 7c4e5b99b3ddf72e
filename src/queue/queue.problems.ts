import { problemTable } from '../platform/http/index.js';

export const queueProblems = problemTable('queue', {
  operationNotFound: { status: 404, title: 'There is no such operation' },
  operationFinished: { status: 409, title: 'The operation is finished' },
  operationRunning: { status: 409, title: 'The operation is being executed' },
  operationWaitsBehind: { status: 409, title: 'The operation waits behind another one' },
});
