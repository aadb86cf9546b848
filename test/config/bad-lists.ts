// Lists of accounts with mistakes in them, as people and spreadsheets make them. Every password in them is HUNTER2 with
// something behind it.

const own = 'name,source.host,source.user,source.password,destination.host,destination.user,destination.password'
const row = 'a,pop.example,anna,HUNTER2x,imap.example,anna,HUNTER2y'
const imapsync = 'pop.example;anna;HUNTER2x;imap.example;anna;HUNTER2y'
const mailferry = 'srchost,srcport,srcsecurity,srcuser,srcpassword,dsthost,dstport,dstsecurity,dstuser,dstpassword\n'

/** What is wrong, and the list. */
export const badLists: readonly (readonly [title: string, text: string])[] = [
  ['nothing', ''],
  ['comments only', '# accounts\n\n;;;\n'],
  ['a header only', `${own}\n`],
  ['no header and no account', 'HUNTER2x,HUNTER2y\n'],
  ['a header that nobody knows', 'Old server,Old login,Old password,New server,New login,New password\na,b,c,d,e,f\n'],
  ['a column with a typing error', `${own.replace('destination.user', 'destination.usr')}\n${row}\n`],
  ['a column that does not exist', `${own},source.colour\n${row},blue\n`],
  ['a column twice', `${own},Source.Host\n${row},pop.example\n`],
  ['an account in place of the header', `source.host,anna,HUNTER2x\n${row}\n`],
  ['cells that are missing', `${own}\n,,,,,,x\na,pop.example,anna\n`],
  ['what is missing in every row', `${own}\n${'b,pop.example,anna,HUNTER2x,,ben,HUNTER2y\n'.repeat(3)}`],
  ['a comma in a password, without quotes', `${own}\n${row.replace('HUNTER2x', 'HUNTER2,x')}\n`],
  ['a quote that is not closed', `${own}\n${row.replace('HUNTER2x', '"HUNTER2x')}\nb,${row.slice(2)}\n`],
  ['something behind a quote', `${own}\n${row.replace('HUNTER2x', '"HUNTER2"x')}\n`],
  ['a cell that goes on in the next line', `${own}\na,pop.example,anna,"HUNTER2x\nHUNTER2y",imap.example,anna,z\n`],
  ['a password in the column of the host', `${own}\na,HUNTER2 x,anna,pop.example,HUNTER2@y,anna,z\n`],
  ['a password in the column of the name', `${own}\n-HUNTER2,pop.example,anna,x,imap.example,anna,z\n`],
  [
    'values that are not possible',
    `${own},source.port,source.tls,source.leave,destination.connections\n${row},x,ssl,HUNTER2,1234567890\n`,
  ],
  ['the same thing in two columns', `${own},source.password.file,source.leave,source.leave.days\n${row},x,keep,30\n`],
  ['the same name twice', `${own}\n${row}\na,pop.example,ben,HUNTER2x,imap.example,ben,HUNTER2y\n`],
  [
    'the same accounts twice',
    `${own}\n${row}\nb,POP.example,anna,x,imap.EXAMPLE,anna,y\n,pop.example,anna,x,imap.example,anna,y\n`,
  ],
  ['a password sent in the clear', `${own},source.tls\n${row},none\n`],
  ['imapsync: too few cells', 'pop.example;anna;HUNTER2x;imap.example;anna;HUNTER2y\npop.example;anna;HUNTER2x\n'],
  ['imapsync: a separator in a password', `${imapsync}\npop.example;ben;HUN;TER2;imap.example;ben;HUNTER2y\n`],
  ['imapsync: the same and more', `${imapsync}\npop.example;ben;HUN;TER2;imap.example;ben;HUNTER2y;;x\n`],
  [
    'imapsync: options that change what is moved',
    `${imapsync};--dry --delete2 --maxage 30 --regextrans2 's/HUNTER2/x/'\n`,
  ],
  ['imapsync: options about TLS', `${imapsync};--nossl1 --sslargs2 SSL_verify_mode=0 --tls1 --ssl1\n`],
  [
    'imapsync: options without what belongs to them',
    `${imapsync};--f1f2 Sent=x --folder Sent --port1 x HUNTER2 --maxsize\n`,
  ],
  ['imapsync: a password as an option', `${imapsync};--password2=HUNTER2z --constructor x\n`],
  ['MailFerry: a column is missing', 'srchost,srcuser,srcpassword,dsthost,dstuser,dstpassword\na,b,HUNTER2x,d,e,f\n'],
  ['MailFerry: another word for TLS', `${mailferry}pop.example,995,HUNTER2,anna,x,imap.example,993,starttls,anna,y\n`],
  ['MailFerry: none', `${mailferry}pop.example,110,none,anna,x,imap.example,143,none,anna,y\n`],
]
