// Made-up people who write their names in Latin letters, with all the marks on them.
import { type NameGroup, surnameFirst } from './name-group.js';

export const latinNames: readonly NameGroup[] = [
  {
    language: 'cs',
    titles: ['Ing.', 'prof. RNDr.'],
    people: [
      ['jnovak', 'Jeroným', 'Novák', 'student'],
      ['jnovakova', 'Jindřiška', 'Nováková', 'administrator'],
      ['jnovak2', 'Jáchym', 'Novák', 'freshman'],
      ['advorackova', 'Anežka', 'Dvořáčková', 'professor'],
      ['rstastny', 'Řehoř', 'Šťastný', 'student'],
      ['zprihodova', 'Zdeňka', 'Příhodová', 'exam-officer'],
      ['kzizlavsky', 'Kryštof', 'Žižlavský', 'doctoral-student'],
      ['otaptuch', 'Ondřej', 'Ťapťuch', 'lecturer'],
      ['shrebickova', 'Štěpánka', 'Hřebíčková', 'personnel-officer'],
      ['mcermakova', 'Markéta', 'Čermáková-Ďurišová', 'researcher'],
    ],
  },
  {
    language: 'sk',
    titles: ['Mgr.', 'prof. Ing.'],
    people: [
      ['lhorecka', 'Ľudmila', 'Hôrecká', 'student'],
      ['lklcovanec', 'Ľubor', 'Kĺčovanec', 'technician'],
      ['zdadova', 'Žofia', 'Ďaďová', 'graduate'],
    ],
  },
  {
    language: 'pl',
    titles: ['dr', 'prof. dr hab.'],
    people: [
      ['lwojcikiewicz', 'Łucja', 'Wójcikiewicz', 'lecturer'],
      ['gzrebiec', 'Grażyna', 'Źrebiec', 'librarian'],
      ['kzoltowska', 'Kazimiera', 'Żółtowska', 'dean'],
      ['jglabinski', 'Jędrzej', 'Głąbiński', 'freshman'],
      ['mcwiklinska', 'Maria', 'Ćwiklińska-Zięba', 'student'],
    ],
  },
  {
    language: 'hu',
    titles: ['dr.', 'prof. dr.'],
    displayName: surnameFirst,
    people: [
      ['zory', 'Zsófia', 'Őry', 'student'],
      ['oszollosi', 'Ödön', 'Szőllősi', 'professor'],
      ['curmos', 'Csenge', 'Ürmös', 'student'],
      ['agyongyosi', 'Ábel', 'Gyöngyösi', 'technician'],
    ],
  },
  {
    language: 'de',
    titles: ['Dr.', 'Prof. Dr.'],
    people: [
      ['kottinger', 'Käthe', 'Öttinger', 'exam-officer'],
      ['bmussig', 'Björn', 'Müßig', 'administrator'],
      ['ovondereichen', 'Ottilie', 'von der Eichen-Brück', 'professor'],
      ['afassler', 'Annegret', 'Fäßler', 'doctoral-student'],
      ['guberall', 'Götz', 'Überall', 'reading-graduate'],
    ],
  },
  {
    language: 'fr',
    titles: ['Dr', 'Pr'],
    people: [
      ['glefevre', 'Gaëlle', 'Lefèvre', 'researcher'],
      ['ldaubigny', 'Loïc', "d'Aubigny", 'student'],
      ['alhermite', 'Anaïs', 'L’Hermite', 'freshman'],
      ['jfbrule', 'Jean-François', 'Brûlé', 'lecturer'],
      ['zoeuvrard', 'Zoé', 'Œuvrard', 'student'],
      ['ndelatour', 'Noël', 'de La Tour-Saint-Ygest', 'dean'],
    ],
  },
  {
    language: 'es',
    titles: ['Dr.', 'Prof.'],
    people: [
      ['bibanez', 'Begoña', 'Ibáñez y Roldán', 'professor'],
      ['mjmunoz', 'María José', 'Muñoz Güell', 'doctoral-student'],
      ['apena', 'Ángel', 'Peña Zúñiga', 'freshman'],
      ['cdelosrios', 'Concepción', 'de los Ríos', 'librarian'],
    ],
  },
  {
    language: 'ca',
    titles: ['Dra.', 'Catedràtica'],
    people: [['ncollell', 'Núria', 'Col·lell i Puigvert', 'lecturer']],
  },
  {
    language: 'pt',
    titles: ['Doutor', 'Prof. Doutor'],
    people: [
      ['jconceicao', 'João', 'Simões Conceição', 'student'],
      ['lfragao', 'Luísa', 'de Assunção Fragão', 'technician'],
      ['ileitao', 'Inês', 'Magalhães Leitão', 'graduate'],
    ],
  },
  {
    language: 'it',
    titles: ['Dott.', 'Prof.'],
    people: [
      ['ndellacqua', 'Niccolò', "Dell'Acqua", 'student'],
      ['odannibale', 'Ornella', "D'Annibale", 'personnel-officer'],
      ['dcantu', 'Desirée', 'Cantù', 'freshman'],
      ['gloprete', 'Gesualdo', 'Lo Prète', 'researcher'],
    ],
  },
  {
    language: 'nl',
    titles: ['dr.', 'prof. dr.'],
    people: [
      ['dvanderberg', 'Daniël', 'van der Berg', 'professor'],
      ['mvantveer', 'Marieke', "van 't Veer", 'student'],
      ['ztenbroeke', 'Zoë', 'ten Broeke', 'administrator'],
      ['ijdehaas', 'IJsbrand', 'de Haas', 'student'],
      ['avansheerenhoek', 'Anke', "van 's-Heerenhoek", 'doctoral-student'],
    ],
  },
  {
    language: 'sv',
    titles: ['docent', 'professor'],
    people: [
      ['asjoblom', 'Åke', 'Sjöblom', 'lecturer'],
      ['mangsholm', 'Märta', 'Ängsholm', 'freshman'],
    ],
  },
  {
    language: 'da',
    titles: ['ph.d.', 'professor'],
    people: [
      ['saerenlund', 'Søren', 'Ærenlund', 'student'],
      ['aostergard', 'Åse', 'Østergård', 'researcher'],
    ],
  },
  {
    language: 'fi',
    titles: ['FT', 'professori'],
    people: [
      ['phamalainen', 'Päivi', 'Hämäläinen-Yöntilä', 'student'],
      ['vmakela', 'Väinö', 'Mäkelä', 'technician'],
    ],
  },
  {
    language: 'is',
    titles: ['dr.', 'prófessor'],
    people: [
      ['taegisdottir', 'Þórdís', 'Ægisdóttir', 'doctoral-student'],
      ['heythorsson', 'Hallgrímur', 'Eyþórsson', 'student'],
      ['asigthorsdottir', 'Æsa', 'Sigþórsdóttir', 'lecturer'],
      ['iolversson', 'Ísleifur', 'Ölversson', 'reading-graduate'],
    ],
  },
  {
    language: 'tr',
    titles: ['Dr. Öğr. Üyesi', 'Prof. Dr.'],
    people: [
      ['iyildizoglu', 'İlknur', 'Yıldızoğlu', 'professor'],
      ['icaglayan', 'Işıl', 'Çağlayan', 'student'],
      ['sagabeyoglu', 'Şükrü', 'Ağabeyoğlu', 'exam-officer'],
      ['usarigol', 'Ümit', 'Sarıgöl', 'freshman'],
      ['cisikdogan', 'Çiğdem', 'Işıkdoğan', 'visiting-lecturer'],
    ],
  },
  {
    language: 'vi',
    titles: ['TS.', 'GS.'],
    displayName: surnameFirst,
    people: [
      ['nthuong', 'Thị Hường', 'Nguyễn', 'student'],
      ['tdthinh', 'Đức Thịnh', 'Trần', 'researcher'],
      ['dqnhu', 'Quỳnh Như', 'Đặng', 'doctoral-student'],
      ['vttien', 'Thuỷ Tiên', 'Vũ', 'freshman'],
      ['pxloc', 'Xuân Lộc', 'Phạm', 'visitor'],
    ],
  },
  {
    language: 'ro',
    titles: ['dr.', 'prof. dr.'],
    people: [
      ['sturcanu', 'Ștefania', 'Țurcanu', 'student'],
      ['bghetau', 'Brândușa', 'Ghețău', 'lecturer'],
    ],
  },
  {
    language: 'hr',
    titles: ['dr. sc.', 'prof. dr. sc.'],
    people: [
      ['dzagar', 'Đurđica', 'Žagar', 'librarian'],
      ['zskrbic', 'Željko', 'Škrbić', 'student'],
    ],
  },
  {
    language: 'lt',
    titles: ['dr.', 'prof.'],
    people: [['uazuolaite', 'Ūla', 'Ąžuolaitė', 'freshman']],
  },
  {
    language: 'lv',
    titles: ['Dr.', 'prof.'],
    people: [['gkenins', 'Ģirts', 'Ķēniņš', 'student']],
  },
  {
    language: 'ga',
    titles: ['An Dr', 'An tOll.'],
    people: [
      ['oobrien', 'Orlaith', "O'Brien", 'professor'],
      ['fodonaill', 'Fiachra', 'Ó Dónaill', 'lecturer'],
    ],
  },
  {
    language: 'cy',
    titles: ['Dr', 'Yr Athro'],
    people: [['saprhys', 'Siôn', 'ap Rhŷs', 'visitor']],
  },
  {
    language: 'yo',
    titles: ['Dr.', 'Prof.'],
    people: [
      ['aolatunji', 'Adébáyọ̀', 'Ọlátúnjí-Ògún', 'student'],
      ['sosunleke', 'Ṣadé', 'Ọ̀ṣúnlékè', 'lecturer'],
    ],
  },
  {
    language: 'az',
    titles: ['dos.', 'prof.'],
    people: [['galiagayeva', 'Gülnarə', 'Əliağayeva', 'doctoral-student']],
  },
  {
    language: 'haw',
    titles: ['Kauka', 'Polopeka'],
    people: [['kkaahumoku', 'Keola', 'Kaʻahumoku', 'visitor']],
  },
];
