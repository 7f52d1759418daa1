/**
 * What is wrong, and what is not, where several BSDP servers answer: the rules of the analyser for BSDP.
 */
import type { Rule } from './rule.ts'

const PAPER = "Apple's paper on BSDP 1.0.8"

/** Numbers that never meant a rule of BIOS ROMs too. */
const formerly = (number: string): { aliases: readonly string[] } => ({ aliases: [`B-${number}`] })

export const BSDP_RULES: readonly Rule[] = [
  {
    id: 'BSDP-1',
    sentence: 'Several servers that answer one LIST are normal and no finding.',
    source: `${PAPER}; A-31`,
    confidence: 'document',
    ...formerly('01'),
  },
  {
    id: 'BSDP-2',
    sentence:
      'A SELECT answered by a server that it does not name, or by two, is an error: somebody ignores sub-option 3.',
    source: `${PAPER}; A-34`,
    confidence: 'document',
    ...formerly('02'),
  },
  {
    id: 'BSDP-3',
    sentence:
      'One global image id with two names, or leading to two folders after a SELECT, is an error: Macs are spread over different images.',
    source: `${PAPER}; A-3`,
    confidence: 'document',
    ...formerly('03'),
  },
  {
    id: 'BSDP-4',
    sentence:
      'The same index with different attributes on two servers is a hazard where one of them compares the index alone.',
    source: 'A-3, A-34',
    confidence: 'inferred',
    notImplemented: 'which server compares the index alone cannot be seen in its packets',
    ...formerly('04'),
  },
  {
    id: 'BSDP-5',
    sentence: 'The same local image id on two servers makes two lines in a menu and is no finding.',
    source: PAPER,
    confidence: 'document',
    ...formerly('05'),
  },
  {
    id: 'BSDP-6',
    sentence: 'Two servers that tell one Mac that it is bound to them are an error: the choice is undefined.',
    source: `${PAPER}; A-32`,
    confidence: 'document',
    ...formerly('06'),
  },
  {
    id: 'BSDP-7',
    sentence: 'Two BSDP OFFERs to one DISCOVER are an error: the order of arrival decides.',
    source: `${PAPER}; A-32`,
    confidence: 'document',
    ...formerly('07'),
  },
  {
    id: 'BSDP-8',
    sentence: 'Equal highest priorities with different default images make the default unstable.',
    source: `${PAPER}; A-24`,
    confidence: 'inferred',
    ...formerly('08'),
  },
  {
    id: 'BSDP-9',
    sentence:
      'A priority of 65535, far above all others, or constant beside one that falls, takes all Macs that are not bound.',
    source: 'A-10, A-33',
    confidence: 'inferred',
    ...formerly('09'),
  },
  {
    id: 'BSDP-10',
    sentence:
      'A default that is not in the list, an index 0, a reserved kind or a set reserved byte is a bad image id.',
    source: `${PAPER}; A-3`,
    confidence: 'document',
  },
  {
    id: 'BSDP-11',
    sentence: 'An answer to another port than sub-option 5 says, or 68 without it, does not reach the Mac.',
    source: `${PAPER}; A-6`,
    confidence: 'document',
  },
  {
    id: 'BSDP-12',
    sentence: "A request for an answer at a port from 1024 on is ignored by Apple's servers.",
    source: `${PAPER}; A-7`,
    confidence: 'source',
  },
  {
    id: 'BSDP-13',
    sentence:
      "An ACK with an address in yiaddr, without options 54 or 43, or with a missing or wrong class is dropped by Macs; a class that echoes the client's is dropped by the strict ones.",
    source: `${PAPER}; A-4, A-5, A-25`,
    confidence: 'document',
  },
  {
    id: 'BSDP-14',
    sentence: 'An ACK with another ciaddr, xid or hardware address than the request is dropped by Macs.',
    source: `${PAPER}; A-25`,
    confidence: 'source',
  },
  {
    id: 'BSDP-15',
    sentence:
      'FAILED means that the server could not prepare the image; a new LIST sooner than 10 s after it means a client in too quick a loop.',
    source: `${PAPER}; A-13, A-22`,
    confidence: 'document',
  },
  {
    id: 'BSDP-16',
    sentence:
      'A LIST that nobody answers has many causes: no server, a model that is not enabled, a filter, an unprivileged reply port, a switch that drops server messages.',
    source: 'A-7, A-8, A-9',
    confidence: 'inferred',
  },
  {
    id: 'BSDP-17',
    sentence: 'A SELECT that the named server does not answer is an error.',
    source: PAPER,
    confidence: 'document',
  },
  {
    id: 'BSDP-18',
    sentence:
      'A first TFTP request to another server, or for another file, than the accepted answer says shows that the Mac followed another answer.',
    source: PAPER,
    confidence: 'inferred',
  },
  {
    id: 'BSDP-19',
    sentence: 'No transfer, or a TFTP error, after an accepted SELECT is an error.',
    source: PAPER,
    confidence: 'inferred',
  },
  {
    id: 'BSDP-20',
    sentence: 'siaddr other than option 54 is a load-balance server and no finding.',
    source: 'A-14',
    confidence: 'source',
  },
  {
    id: 'BSDP-21',
    sentence:
      'A sub-option that overruns, a broken descriptor, or an option 43 split inside a sub-option makes Macs drop the answer.',
    source: 'A-7, A-11, A-25',
    confidence: 'source',
  },
  {
    id: 'BSDP-22',
    sentence: 'A list that fills what the client said it can take may have lost images.',
    source: 'A-11',
    confidence: 'inferred',
  },
  {
    id: 'BSDP-23',
    sentence:
      'An option 57 that is missing or below 1500 in a LIST only shortens the list, and is no finding.',
    source: 'A-11',
    confidence: 'source',
  },
  {
    id: 'BSDP-24',
    sentence:
      'A shadow volume comes with its password in clear text; the analyser says so and does not print it.',
    source: 'A-2, A-15',
    confidence: 'document',
  },
  {
    id: 'BSDP-25',
    sentence:
      'A BSDP answer to a client that is no Mac, or a PXE answer to a Mac, is an error: the responder does not look at option 60.',
    source: `${PAPER}; S-1`,
    confidence: 'document',
    ...formerly('25'),
  },
  {
    id: 'BSDP-26',
    sentence: 'An ACK with BSDP content that answers no request is worth a warning.',
    source: 'A-34',
    confidence: 'inferred',
    ...formerly('26'),
  },
  {
    id: 'BSDP-27',
    sentence:
      'A server that tells Macs they are bound to it, though nobody saw them select it, answers with a fixed packet.',
    source: 'A-34',
    confidence: 'inferred',
    ...formerly('27'),
  },
  {
    id: 'BSDP-28',
    sentence:
      'A server that still claims a Mac after it selected another did not hear the SELECT, or ignores it.',
    source: 'A-13, A-32',
    confidence: 'inferred',
    ...formerly('28'),
  },
  {
    id: 'BSDP-29',
    sentence: 'An ACK above 1500 bytes of which fragments are missing never reaches the Mac.',
    source: 'A-11',
    confidence: 'inferred',
    notImplemented: 'fragments that do not come together are not judged',
    ...formerly('29'),
  },
  {
    id: 'BSDP-30',
    sentence:
      'An answer more than four seconds after the first one comes after the choice and is never considered.',
    source: `${PAPER}; A-20`,
    confidence: 'document',
    ...formerly('30'),
  },
]
