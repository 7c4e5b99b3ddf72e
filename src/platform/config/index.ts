export { ConfigurationError, loadSettings, type LoadedSettings } from './load-settings.js';
export { defineSettings, setting, type SettingsGroup, type SettingsOf } from './settings.js';
export { nearestName } from './nearest-name.js';
export { wordIssue } from './word-issue.js';
export { SettingsModule } from './settings.module.js';
export { processSettings, type ProcessRole, type ProcessSettings } from './process.config.js';
