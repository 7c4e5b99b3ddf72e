// npm run docs:generate: writes what settings, problems and routes say of themselves into docs/ and .env.example.
import { writeFileSync } from 'node:fs';
import { describeApi } from './describe-api.js';
import { apiDocumentText, configurationPage, environmentExample, problemsPage } from './generated-pages.js';
import { packageRoot } from './package-root.js';
import { permissionsPage } from './permissions-page.js';
import { declaredProblems } from './platform/http/index.js';
import { settingsGroups } from './settings.js';

const api = await describeApi();
const files = {
  'docs/configuration.md': configurationPage(settingsGroups),
  '.env.example': environmentExample(settingsGroups),
  'docs/openapi.json': apiDocumentText(api),
  'docs/permissions.md': permissionsPage(api),
  'docs/problems.md': problemsPage(declaredProblems()),
};
for (const [file, text] of Object.entries(files)) writeFileSync(new URL(file, packageRoot), text);
process.stdout.write(`Wrote ${Object.keys(files).join(', ')}.\n`);
