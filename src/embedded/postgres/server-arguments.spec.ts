import { describe, expect, it } from '@jest/globals';
import { serverArguments } from './server-arguments.js';

describe('serverArguments', () => {
  it('names the data directory as one argument, by which the process is recognised', () => {
    expect(serverArguments({ dataPath: '/a b/data', port: 1, durable: true })).toContain('/a b/data');
  });

  it('listens on loopback only, without a socket file', () => {
    const args = serverArguments({ dataPath: '/d', port: 54_321, durable: true });

    expect(args).toContain('listen_addresses=127.0.0.1');
    expect(args).toContain('port=54321');
    expect(args).toContain('unix_socket_directories=');
  });

  it.each([
    [true, 'on'],
    [false, 'off'],
  ])('flushes to disk when durable is %s: %s', (durable, word) => {
    const args = serverArguments({ dataPath: '/d', port: 1, durable });

    expect(args).toEqual(
      expect.arrayContaining([`fsync=${word}`, `full_page_writes=${word}`, `synchronous_commit=${word}`]),
    );
  });
});
