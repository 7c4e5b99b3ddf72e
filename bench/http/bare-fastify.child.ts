// The framework beneath everything: a route that returns the same document, and nothing else.
import fastify from 'fastify';
import { serveParent } from '../harness/serve-parent.js';

const document = JSON.parse(process.env['BENCH_DOCUMENT'] ?? '{}') as unknown;
const server = fastify();
server.get('/api/v1/auth/me', async () => document);
const url = await server.listen({ host: '127.0.0.1', port: 0 });

serveParent({ started: () => ({ url }) }, () => server.close());
