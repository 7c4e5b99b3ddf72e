import { describe, expect, it } from '@jest/globals';
import { isCommonPassword } from './common-passwords.js';

describe('isCommonPassword', () => {
  it.each([
    ['one of the list', 'administrator'],
    ['one of the list in another case', 'AdministratoR'],
    ['one of the list in wide letters', 'ａｄｍｉｎｉｓｔｒａｔｏｒ'],
    ['one of the list with digits behind', 'password123456'],
    ['one of the list with digits and symbols around', '!!Sunshine_2026!!'],
    ['one of the list that ends in a digit, with symbols around', '***1qaz2wsx3edc***'],
    ['one of the list twice', 'monkeymonkey'],
    ['one of the list over and over, the last time cut', 'letmeinletmeinlet'],
    ['one of the list twice with something between', 'dragon-dragon-99'],
    ['one character over and over', 'zzzzzzzzzzzz'],
    ['a few characters over and over', 'x9!x9!x9!x9!'],
    ['digits in order', '123456789012'],
    ['the login with digits', 'marieke-2026'],
    ['the login, written apart', 'marie.ke.2026'],
    ['the login turned into a sentence of one other word', 'marieke-hallo'],
    ['the name of the product', 'Provost-2026!'],
    ['the login and the name of the product', 'marieke@provost1'],
  ])('refuses %s', (_, password) => {
    expect(isCommonPassword(password, 'marieke')).toBe(true);
  });

  it.each([
    ['several words', 'correct horse battery staple'],
    ['random characters', '7d0a4d1f5e9cq2zk'],
    ['random digits', '840271936502'],
    ['another script', 'κόκκινο ποδήλατο'],
    ['listed words that differ', 'monkey dragon sunshine'],
    ['the login as a small part', 'marieke rides a green bicycle'],
    ['the product as a small part', 'our provost rides a green bicycle'],
  ])('takes %s', (_, password) => {
    expect(isCommonPassword(password, 'marieke')).toBe(false);
  });

  it.each(['', 'a', 'x1', '12', '*'])('does not mind a login as short as %j', (login) => {
    expect(isCommonPassword('a green bicycle, 12 * x1', login)).toBe(false);
  });

  it('refuses a login of digits too', () => {
    expect(isCommonPassword('4711-0815-99', '4711-0815')).toBe(true);
  });
});
