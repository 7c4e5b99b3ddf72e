export { withDeadline } from './deadline.js';
export { codeOf, wordsOf } from './words.js';
