import { describe, expect, it } from '@jest/globals';
import { transportWeakness } from './weak-settings.js';

describe('a connection to the database', () => {
  it.each([
    'postgres://u:p@db.example.org/provost?sslmode=verify-full',
    'postgres://u:p@127.0.0.1:5432/provost',
    'postgres://u:p@127.9.9.9/provost',
    'postgres://u:p@[::1]/provost',
    'postgres://u:p@localhost/provost',
    'postgres://u:p@localhost/provost?host=/run/postgresql',
  ])('is verified, or leaves the machine at no time: %s', (url) => {
    expect(transportWeakness(url)).toBeUndefined();
  });

  it.each([
    ['postgres://u:hunter2@db.example.org/provost', 'is not encrypted'],
    ['postgres://u:hunter2@db.example.org/provost?sslmode=disable', 'is not encrypted'],
    ['postgres://u:hunter2@10.0.0.5/provost?sslmode=require', 'sslmode=require'],
    ['postgres://u:hunter2@db/provost?sslmode=no-verify', 'sslmode=no-verify'],
    ['postgres://u:hunter2@localhost.example.org/provost', 'is not encrypted'],
    ['postgres://u:hunter2@localhost/provost?host=db.example.org', 'db.example.org is not encrypted'],
  ])('is weak, and it is said without the password: %s', (url, words) => {
    expect(transportWeakness(url)).toContain(words);
    expect(transportWeakness(url)).not.toContain('hunter2');
  });
});
