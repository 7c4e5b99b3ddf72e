import { problemTable } from '../../platform/http/index.js';

export const restorationProblems = problemTable('queue', {
  alreadyHeld: {
    status: 409,
    title: 'Everything is held already',
    remedy: '`GET /api/v1/queue/restoration` says since when and why.',
  },
  notHeld: {
    status: 409,
    title: 'Nothing is held after a restore',
    remedy: 'Nothing is to be done: work goes on. The hold of one system is lifted at the system.',
  },
});
