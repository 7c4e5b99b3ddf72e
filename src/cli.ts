#!/usr/bin/env node
// The client `provost`: speaks HTTP with the service and imports nothing of it.
import { processEnvironment } from './cli/environment.js';
import { main } from './cli/main.js';

// Whoever reads the output may stop early, as `provost queue list | head` does.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
}

// The exit code is set and not forced, so that everything written is read first.
process.exitCode = await main(process.argv.slice(2), processEnvironment());
