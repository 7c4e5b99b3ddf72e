// Made-up people who write their names in Greek, Cyrillic, Georgian and Armenian letters.
import type { NameGroup } from './name-group.js';

export const europeanScripts: readonly NameGroup[] = [
  {
    language: 'el',
    titles: ['Δρ.', 'Καθ.'],
    people: [
      ['epapadaki', 'Ευανθία', 'Παπαδάκη', 'professor'],
      ['atsirigka', 'Αθηνά', 'Τσιρίγκα', 'administrator'],
      ['ixenakoglou', 'Ιάσων', 'Ξενάκογλου', 'student'],
      ['fpsarrou', 'Φωτεινή', 'Ψαρροπούλου', 'researcher'],
      ['ovoutsas', 'Οδυσσέας', 'Βουτσάς', 'freshman'],
      ['mzaimi', 'Μυρτώ', 'Ζαΐμη-Χατζή', 'graduate'],
    ],
  },
  {
    language: 'ru',
    titles: ['к. ф.-м. н.', 'проф.'],
    people: [
      ['fshchukaryov', 'Фёдор', 'Щукарёв', 'lecturer'],
      ['kvorobyova', 'Ксения', 'Воробьёва', 'student'],
      ['apodyachev', 'Артём', 'Подъячев', 'technician'],
      ['lobyedkova', 'Любовь', 'Объедкова', 'exam-officer'],
      ['ytsygankova', 'Юлия', 'Цыганкова', 'doctoral-student'],
      ['eyolkina', 'Эльвира', 'Ёлкина', 'freshman'],
      ['gkhokhlomin', 'Глеб', 'Хохломин', 'reading-graduate'],
    ],
  },
  {
    language: 'uk',
    titles: ['к. т. н.', 'проф.'],
    people: [
      ['shalahaniuk', 'Соломія', 'Ґалаґанюк', 'professor'],
      ['yizhakovskyi', 'Юхим', 'Їжаковський', 'student'],
      ['lviunenko', 'Лук’ян', 'В’юненко', 'student'],
      ['opidhirna', 'Оксана', 'Підгірна', 'librarian'],
      ['yshchebetiuk', 'Євген', 'Щебетюк', 'researcher'],
      ['nyushchynska', 'Наталія', 'Ющинська', 'freshman'],
      ['mbezpiatko', "Мар'яна", "Безп'ятко", 'doctoral-student'],
    ],
  },
  {
    language: 'sr-Cyrl',
    titles: ['др', 'проф. др'],
    people: [
      ['ljnjezic', 'Љубица', 'Њежић', 'student'],
      ['djdzombic', 'Ђорђе', 'Џомбић', 'lecturer'],
      ['cmilojkovic', 'Ћирило', 'Милојковић', 'technician'],
      ['bdjuricic', 'Богољуб', 'Ђуричић', 'visitor'],
    ],
  },
  {
    language: 'bg',
    titles: ['д-р', 'проф. д-р'],
    people: [
      ['tszhaltakova', 'Цветелина', 'Жълтъкова', 'student'],
      ['yshtarbev', 'Йордан', 'Щърбев', 'administrator'],
    ],
  },
  {
    language: 'kk-Cyrl',
    titles: ['PhD докторы', 'профессор'],
    people: [['oulykpanov', 'Өмірбек', 'Ұлықпанов', 'doctoral-student']],
  },
  {
    language: 'ka',
    titles: ['დოქ.', 'პროფ.'],
    people: [
      ['tghvinjilia', 'თამთა', 'ღვინჯილია', 'student'],
      ['lchkonidze', 'ლევან', 'ჭყონიძე', 'lecturer'],
      ['mtsiklauri', 'მზია', 'წიკლაური', 'personnel-officer'],
      ['ekhutsishvili', 'ეთერ', 'ხუციშვილი', 'freshman'],
    ],
  },
  {
    language: 'hy',
    titles: ['դոկ.', 'պրոֆ.'],
    people: [
      ['aghazanchyan', 'Արփինե', 'Ղազանչյան', 'student'],
      ['tchagharyan', 'Տիգրան', 'Ճաղարյան', 'researcher'],
      ['vyeghoyan', 'Վահագն', 'Եղոյան', 'exam-officer'],
      ['achtchyan', 'Անուշ', 'Չթչյան', 'freshman'],
    ],
  },
];
