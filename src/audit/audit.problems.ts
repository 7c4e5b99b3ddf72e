import { problemTable } from '../platform/http/index.js';

export const auditProblem = problemTable('audit', {
  recordNotFound: {
    status: 404,
    title: 'No such audit record',
    remedy: '`GET /api/v1/audit` lists what there is.',
  },
  checkpointNotFound: {
    status: 404,
    title: 'There is no checkpoint yet',
    remedy: 'Wait for the sealer: a process with the role worker or scheduler seals within a second.',
  },
  chainUnusable: {
    status: 409,
    title: 'The audit chain cannot be continued',
    remedy:
      '`POST /api/v1/audit/verifications` says what is wrong; keep the database as it is until you know why.',
  },
  checkpointUnreadable: {
    status: 422,
    title: 'The text is no checkpoint',
    remedy: 'Give one line of a checkpoint file, or what `GET /api/v1/audit/checkpoint` answered.',
  },
});
