import { z } from 'zod';
import { defineSettings, setting } from '../config/index.js';

export const httpSettings = defineSettings('http', {
  host: setting('HOST', z.string().min(1).default('127.0.0.1'), 'Address to listen on; 0.0.0.0 for all.'),
  port: setting(
    'PORT',
    z.coerce.number().int().min(0).max(65_535).default(3000),
    'TCP port to listen on; 0 for any free one.',
  ),
});
