// Made-up people who write their names in Chinese, Japanese and Korean, the surname first.
import { type NameGroup, surnameFirst, surnameFirstJoined } from './name-group.js';

export const eastAsianScripts: readonly NameGroup[] = [
  {
    language: 'zh-Hans',
    titles: ['博士', '教授'],
    displayName: surnameFirstJoined,
    people: [
      ['xfwang', '秀芬', '王', 'professor'],
      ['sxli', '思栩', '李', 'student'],
      ['xtzhang', '晓棠', '张', 'doctoral-student'],
      ['jyouyang', '静怡', '欧阳', 'student'],
      ['qsima', '青', '司马', 'freshman'],
      ['bhliu', '博涵', '刘', 'administrator'],
      ['rtzhao', '若彤', '赵', 'student'],
      ['zmchen', '子墨', '陈', 'visiting-lecturer'],
    ],
  },
  {
    language: 'zh-Hant',
    titles: ['博士', '教授'],
    displayName: surnameFirstJoined,
    people: [
      ['yjhuang', '雅筑', '黃', 'lecturer'],
      ['chwu', '承翰', '吳', 'student'],
      ['yjtsai', '宜蓁', '蔡', 'freshman'],
      ['pykung', '品妤', '龔', 'graduate'],
    ],
  },
  {
    language: 'ja',
    titles: ['博士', '教授'],
    displayName: surnameFirst,
    people: [
      ['hsato', '陽菜子', '佐藤', 'student'],
      ['ysasaki', '悠斗', '佐々木', 'lecturer'],
      ['kwatanabe', 'こはる', '渡邊', 'student'],
      // The upper part of this 吉 lies outside the Basic Multilingual Plane.
      ['ryoshioka', '蓮', '𠮷岡', 'researcher'],
      ['mtakada', '美緒', '髙田', 'doctoral-student'],
      ['alindberg', 'アンナ', 'リンドベリ', 'freshman', { displayName: 'リンドベリ・アンナ' }],
      ['nmitsuya', '直樹', '三ツ谷', 'exam-officer'],
      ['ykatsuragi', 'ゆかり', '葛城', 'reading-graduate'],
    ],
  },
  {
    language: 'ko',
    titles: ['박사', '교수'],
    displayName: surnameFirstJoined,
    people: [
      ['yrgwak', '예린', '곽', 'student'],
      ['scnamgung', '솔찬', '남궁', 'student'],
      ['nrpark', '나린', '박', 'doctoral-student'],
      ['eschoi', '은솔', '최', 'personnel-officer'],
      ['rhwangbo', '라온', '황보', 'freshman'],
      ['djeong', '다온', '정', 'professor'],
      ['blee', '봄', '이', 'student'],
    ],
  },
];
