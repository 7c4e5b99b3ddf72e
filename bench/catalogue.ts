// Every benchmark there is, by the name that people type.
import { benchAudit } from './audit/bench-audit.js';
import type { Bench } from './harness/bench.js';
import { benchHttp } from './http/bench-http.js';
import { benchLoginTiming } from './login-timing/bench-login-timing.js';
import { benchQueue } from './queue/bench-queue.js';

export const catalogue: Readonly<Record<string, Bench>> = {
  http: benchHttp,
  'login-timing': benchLoginTiming,
  audit: benchAudit,
  queue: benchQueue,
};
