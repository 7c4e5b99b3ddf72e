// npm run docs:generate: writes what the settings say about themselves into docs/configuration.md and .env.example.
import { writeFileSync } from 'node:fs';
import { configurationPage, environmentExample } from './generated-pages.js';
import { packageRoot } from './package-root.js';
import { settingsGroups } from './settings.js';

writeFileSync(new URL('docs/configuration.md', packageRoot), configurationPage(settingsGroups));
writeFileSync(new URL('.env.example', packageRoot), environmentExample(settingsGroups));
process.stdout.write('Wrote docs/configuration.md and .env.example.\n');
