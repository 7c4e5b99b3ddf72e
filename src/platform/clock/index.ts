export { Clock, systemClock } from './clock.js';
export { ClockModule } from './clock.module.js';
export { drawUniform } from './draw.js';
