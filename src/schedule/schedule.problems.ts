import { problemTable } from '../platform/http/index.js';

export const scheduleProblem = problemTable('schedule', {
  scheduleNotFound: { status: 404, title: 'No such schedule' },
  runNotFound: { status: 404, title: 'No such run' },
  alreadyRunning: { status: 409, title: 'The schedule is running already' },
  invalidTiming: { status: 422, title: 'The schedule would not fire' },
});
