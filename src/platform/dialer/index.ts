export { DialRefusedError } from './dial-refused-error.js';
export { type Dial, Dialer, isLocalHost } from './dialer.js';
export { dialerSettings } from './dialer.config.js';
export { DialerModule } from './dialer.module.js';
