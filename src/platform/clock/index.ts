export { Clock, systemClock } from './clock.js';
