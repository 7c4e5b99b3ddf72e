// What people do at the Example University, and the roles that follow from it.

export const demoRoles = [
  { code: 'employee', name: 'Employee', description: 'Everybody with a contract of employment.' },
  { code: 'student', name: 'Student', description: 'Everybody enrolled in a course of study.' },
  { code: 'teacher', name: 'Teacher', description: 'Who gives lectures and examines.' },
  { code: 'researcher', name: 'Researcher', description: 'Who works on a research project.' },
  { code: 'library-user', name: 'Library user', description: 'Who may borrow books and read online.' },
  { code: 'it-staff', name: 'IT staff', description: 'Who runs the computers and the network.' },
  { code: 'hr-staff', name: 'Personnel office', description: 'Who keeps the records of employees.' },
  { code: 'exam-office', name: 'Examination office', description: 'Who keeps the results of examinations.' },
  { code: 'lab-safety', name: 'Laboratory access', description: 'Who passed the safety training.' },
  { code: 'dean', name: 'Dean', description: 'Who heads a faculty.' },
  { code: 'alumni', name: 'Alumni', description: 'Who has graduated here.' },
  { code: 'guest', name: 'Guest', description: 'Who is here for a short time.' },
] as const;

export type RoleCode = (typeof demoRoles)[number]['code'];
/** The ids that the registry gave the roles. */
export type RoleIds = Readonly<Record<RoleCode, string>>;

const rolesOfOccupations = {
  freshman: ['student'],
  student: ['student', 'library-user'],
  'doctoral-student': ['student', 'researcher', 'library-user', 'lab-safety'],
  lecturer: ['employee', 'teacher'],
  professor: ['employee', 'teacher', 'researcher', 'library-user'],
  dean: ['employee', 'dean', 'teacher', 'researcher'],
  researcher: ['employee', 'researcher', 'lab-safety'],
  technician: ['employee', 'lab-safety'],
  administrator: ['employee', 'it-staff'],
  'personnel-officer': ['employee', 'hr-staff'],
  'exam-officer': ['employee', 'exam-office'],
  librarian: ['employee', 'library-user'],
  graduate: ['alumni'],
  'reading-graduate': ['alumni', 'library-user'],
  visitor: ['guest'],
  'visiting-lecturer': ['guest', 'teacher', 'library-user'],
} as const satisfies Record<string, readonly RoleCode[]>;

export type Occupation = keyof typeof rolesOfOccupations;

export function rolesOf(occupation: Occupation): readonly RoleCode[] {
  return rolesOfOccupations[occupation];
}
