// Made-up people who write their names from right to left, and in Ethiopic letters.
import type { NameGroup } from './name-group.js';

export const westAsianScripts: readonly NameGroup[] = [
  {
    language: 'ar',
    titles: ['د.', 'أ.د.'],
    people: [
      ['falzahrawi', 'فاطمة', 'الزهراوي', 'professor'],
      ['yalmansouri', 'يوسف', 'عبد الرحمن المنصوري', 'student'],
      ['kbensaid', 'خالد', 'بن سعيد الشمّري', 'technician'],
      ['nbouaziz', 'نور الهدى', 'بوعزيز', 'doctoral-student'],
      ['ualkhattabi', 'عُمَيْر', 'الخطّابي', 'freshman'],
      ['haboulela', 'هالة', 'أبو العلا', 'lecturer'],
      ['talbanna', 'طارق', 'آل البنّاء', 'visiting-lecturer'],
    ],
  },
  {
    language: 'fa',
    titles: ['دکتر', 'پروفسور'],
    people: [
      // A zero-width non-joiner belongs into both, as in any Persian passport.
      ['nyazdanpanah', 'نگین', 'یزدان\u200cپناه', 'student'],
      ['mzhalehpour', 'مهسا', 'ژاله\u200cپور', 'researcher'],
      ['pcheraghi', 'پژمان', 'چراغچی', 'librarian'],
    ],
  },
  {
    language: 'ur',
    titles: ['ڈاکٹر', 'پروفیسر'],
    people: [['sgondal', 'ثمینہ', 'گوندل', 'student']],
  },
  {
    language: 'he',
    titles: ['ד״ר', 'פרופ׳'],
    people: [
      ['nbenshahar', 'נועה', 'בן־שחר', 'student'],
      ['itzuriel', 'איתמר', 'צוריאלי', 'administrator'],
      // The point on the shin is a combining character.
      ['sfeldman', 'שׁירה', 'פלדמן', 'lecturer'],
      ['gcohenor', "ג'ורג'", 'כהן-אור', 'dean'],
      ['tgreenwald', 'תהילה', 'גרינוולד', 'freshman'],
    ],
  },
  {
    language: 'am',
    titles: ['ዶ/ር', 'ፕሮፌሰር'],
    people: [
      ['sgebremedhin', 'ሰላማዊት', 'ገብረመድኅን', 'student'],
      ['yteklehaymanot', 'ዮሐንስ', 'ተክለሃይማኖት', 'researcher'],
      ['tweldemaryam', 'ፅጌረዳ', 'ወልደማርያም', 'doctoral-student'],
      ['bhaylegiyorgis', 'ብርሃኑ', 'ኃይለጊዮርጊስ', 'technician'],
    ],
  },
];
