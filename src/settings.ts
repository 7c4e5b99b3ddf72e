// Every setting Provost has, module by module. docs/configuration.md is generated from this list.
import { auditSettings } from './audit/index.js';
import { authSettings } from './auth/index.js';
import { processSettings, type SettingsGroup } from './platform/config/index.js';
import { databaseSettings } from './platform/database/index.js';
import { dialerSettings } from './platform/dialer/index.js';
import { directorySettings } from './platform/directory/index.js';
import { httpSettings } from './platform/http/index.js';
import { loggingSettings } from './platform/logging/index.js';
import { secretsSettings } from './platform/secrets/index.js';
import { noticeSettings, queueSettings } from './queue/index.js';

export const settingsGroups: readonly SettingsGroup[] = [
  httpSettings,
  databaseSettings,
  processSettings,
  secretsSettings,
  auditSettings,
  authSettings,
  directorySettings,
  dialerSettings,
  queueSettings,
  noticeSettings,
  loggingSettings,
];
