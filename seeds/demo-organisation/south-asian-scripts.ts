// Made-up people who write their names in Devanagari, Bengali, Tamil and Thai letters.
import type { NameGroup } from './name-group.js';

export const southAsianScripts: readonly NameGroup[] = [
  {
    language: 'hi',
    titles: ['डॉ.', 'प्रो.'],
    people: [
      ['asharma', 'अनन्विता', 'शर्मा', 'student'],
      ['rtripathi', 'ऋषिकेश', 'त्रिपाठी', 'professor'],
      ['schaturvedi', 'श्रेयसी', 'चतुर्वेदी', 'student'],
      ['gkshirsagar', 'ज्ञानेंद्र', 'क्षीरसागर', 'researcher'],
      ['hthakur', 'हृदयेश', 'ठाकुर', 'freshman'],
    ],
  },
  {
    language: 'mr',
    titles: ['डॉ.', 'प्रा.'],
    people: [['mdeshpande', 'मृणालिनी', 'देशपांडे', 'lecturer']],
  },
  {
    language: 'ne',
    titles: ['डा.', 'प्रा.'],
    people: [['sgurung', 'सुष्मिता', 'गुरुङ', 'student']],
  },
  {
    language: 'bn',
    titles: ['ড.', 'অধ্যাপক'],
    people: [
      ['achattopadhyay', 'অনিমেষ', 'চট্টোপাধ্যায়', 'lecturer'],
      ['mbhattacharya', 'মৃদুলা', 'ভট্টাচার্য', 'student'],
      ['sghoshdastidar', 'শুভ্রাংশু', 'ঘোষদস্তিদার', 'doctoral-student'],
      ['rmajumdar', 'রাজশ্রী', 'মজুমদার', 'exam-officer'],
      ['rsensharma', 'ঋত্বিক', 'সেনশর্মা', 'freshman'],
    ],
  },
  {
    language: 'ta',
    titles: ['முனைவர்', 'பேரா.'],
    people: [
      ['ksenthilnathan', 'கயல்விழி', 'செந்தில்நாதன்', 'student'],
      // In Tamil a father's name is often one letter, and stands first.
      ['pezhilarasi', 'எழிலரசி', 'பொ', 'librarian', { displayName: 'பொ. எழிலரசி' }],
    ],
  },
  {
    language: 'th',
    titles: ['ดร.', 'ศ.ดร.'],
    people: [
      ['ksrisuksan', 'กมลวรรณ', 'ศรีสุขสันต์', 'student'],
      ['nwongprasert', 'ณัฐพงษ์', 'วงศ์ประเสริฐกุล', 'student'],
      ['pintharasuwan', 'พิมพ์ชนก', 'อินทรสุวรรณ', 'researcher'],
      ['tpanyawut', 'ธีรเดช', 'ปัญญาวุฒิไกร', 'administrator'],
      ['nkaewkrachang', 'น้ำฝน', 'แก้วกระจ่าง', 'freshman'],
      ['wnachiangkhan', 'วรางคณา', 'ณ เชียงคาน', 'visitor'],
    ],
  },
];
