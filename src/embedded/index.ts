export { joinEmbedded, startEmbedded, type Embedded } from './start-embedded.js';
export type { DemoDirectory } from './directory/index.js';
