// Made-up people whose names break what was only ever tried with plain ones.
import type { NameGroup } from './name-group.js';

export const hardNames: readonly NameGroup[] = [
  {
    language: 'en',
    titles: ['Dr.', 'Prof.'],
    people: [
      ['mlindqvist', 'Marie', 'Lindqvist', 'professor', { displayName: 'Lindqvist, Marie (Prof.)' }],
      ['nwhitcombe', 'Eleanor', 'St. John-Whitcombe', 'dean', { displayName: 'Eleanor "Nell" Whitcombe' }],
      ['ibergstrom', 'Ida', 'Bergström+Holm', 'student'],
      ['rashdown', 'Rowan', 'Ashdown', 'lecturer', { title: '#3 Chair of Logic', displayName: null }],
      ['co', 'C', 'O', 'student'],
      ['yaa', 'Y', 'Å', 'freshman', { phone: '+44 1632 960999' }],
      ['nnull', 'Nadia', 'Null', 'student', { displayName: null }],
      ['sumartini', 'Sumartini', '.', 'student', { displayName: 'Sumartini' }],
      ['jj.mcadoodle-smythe', 'J. J.', 'McAdoodle-Smythe III', 'graduate'],
      // Every character that RFC 4514 wants escaped in a DN.
      [
        'cokafor',
        'Chi',
        'Okafor',
        'technician',
        { displayName: '# Okafor, "Chi" + Bello; <lab = 7> \\ west' },
      ],
      // Every character that RFC 4515 wants escaped in a filter.
      ['avos', 'Anna', 'Vos', 'student', { displayName: 'Anna (Anka) *1 Vos \\ B' }],
      ['btables', "Robin'); drop table accounts;--", 'Tables', 'student'],
      // A letter and its mark apart, as some keyboards write them; the second has no other form.
      ['anunez', 'Ame\u0301lie', 'Nu\u0301n\u0303ez', 'student'],
      ['lmbeki', 'M\u0308boloya\u0308', 'N\u0303gu\u0308nda', 'freshman'],
      [
        'mvasconcelos',
        'Maria da Conceição Aparecida Guadalupe Leopoldina dos Prazeres e do Amparo',
        'de Albuquerque Sottomayor e Vasconcelos Pereira Teixeira de Mascarenhas Castelo-Novo da Câmara Lobo',
        'doctoral-student',
      ],
    ],
  },
];
