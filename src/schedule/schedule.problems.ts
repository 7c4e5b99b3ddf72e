import { problemTable } from '../platform/http/index.js';

export const scheduleProblem = problemTable('schedule', {
  scheduleNotFound: { status: 404, title: 'No such schedule', remedy: '`GET /api/v1/schedules` lists them.' },
  runNotFound: {
    status: 404,
    title: 'No such run',
    remedy: 'The newest hundred runs of a schedule are kept.',
  },
  alreadyRunning: {
    status: 409,
    title: 'The schedule is running already',
    remedy: 'Wait for the run to end.',
  },
  invalidTiming: {
    status: 422,
    title: 'The schedule would not fire',
    remedy: 'Six fields, seconds first, and a zone such as `Europe/Prague`; `errors` says which.',
  },
});
