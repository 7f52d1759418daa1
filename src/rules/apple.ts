/**
 * BSDP (NetBoot 2.0) on the wire, and Apple's server. `S` in the sources is Apple's protocol paper 1.0.8.
 */
import type { Rule } from './rule.ts'

const PAPER = "Apple's paper on BSDP 1.0.8 (17 September 2010, apple-oss-distributions/bootp)"
const SERVER = 'apple-oss-distributions/bootp, bootpd.tproj/bsdpd.c'

export const APPLE_SERVER_RULES: readonly Rule[] = [
  {
    id: 'A-1',
    sentence:
      'BSDP is DHCP with a mark: the client asks by DHCPINFORM, a server answers by DHCPACK, option 60 begins AAPLBSDPC in every message, and the content is in option 43. Everything is big-endian.',
    source: PAPER,
    confidence: 'document',
  },
  {
    id: 'A-2',
    sentence:
      'Sub-options of 43: 1 message type (1 LIST, 2 SELECT, 3 FAILED; absent in DISCOVER and OFFER), 2 version, 3 server, 4 priority, 5 reply port, 7 default image, 8 selected image, 9 image list, 11 filter, 12 size; 128 to 130 shadow volume and machine name. Their order is free, unknown codes are skipped.',
    source: PAPER,
    confidence: 'document',
  },
  {
    id: 'A-3',
    sentence:
      'An image id has 32 bits: install flag, kind (7 bits), a reserved byte, index (16 bits). Index 1 to 4095 is local to its server, from 4096 on the image is the same on every server, and only all 32 bits together name an image.',
    source: PAPER,
    confidence: 'document',
  },
  {
    id: 'A-4',
    sentence:
      'In every answer yiaddr is 0. SELECT and BSDP OFFER fill siaddr, `file` and option 17; LIST and FAILED do not. A message is padded to 300 bytes, and options of a server come as 53, 54, 60, 17, 43.',
    source: `${PAPER}; ${SERVER}`,
    confidence: 'source',
  },
  {
    id: 'A-5',
    sentence:
      "A Mac says AAPLBSDPC/architecture/model; a server says the nine letters alone. Apple's server wants both slashes and refuses NUL and line ends; Apple's library wants exactly the nine letters, firmware is content with a longer class.",
    source: `${SERVER}; BSDPClient`,
    confidence: 'source',
  },
  {
    id: 'A-6',
    sentence:
      'LIST and SELECT are broadcasts. The answer goes by unicast from port 67 to ciaddr, at the port of sub-option 5 (below 1024) or 68, also where the request came through a relay.',
    source: PAPER,
    confidence: 'document',
  },
  {
    id: 'A-7',
    sentence:
      'A request is ignored in silence if it is malformed, from a MAC that is not allowed, for another server (siaddr, sname), of a bad class or an unknown version, with a sub-option that overruns, with a reply port from 1024 on, or with ciaddr 0.',
    source: SERVER,
    confidence: 'source',
  },
  {
    id: 'A-8',
    sentence:
      'An image is for a client if it is enabled and its boot file is there, and architecture, model, MAC lists and filter agree. Without a filter in the request, images that are for filters only are left out; an absent list of architectures means PowerPC.',
    source: SERVER,
    confidence: 'source',
  },
  {
    id: 'A-9',
    sentence:
      'Images marked as default come first, and the first that is for the client is its default. Of two images with one id the second is ignored; a client for which there is none gets no answer.',
    source: SERVER,
    confidence: 'source',
  },
  {
    id: 'A-10',
    sentence:
      'A LIST is answered with type, priority and default, the selected image if the client is bound, and, from version 1.1 on, the list. The priority is 32768 less the number of clients on record, and records stay for ever, so an old server looks busy.',
    source: SERVER,
    confidence: 'source',
  },
  {
    id: 'A-11',
    sentence:
      'A list that does not fit into one option 43 goes on in another, split between descriptors and never inside one. The answer is as large as sub-option 12 or option 57 allow, at least 548 and at most 8192 bytes; what does not fit is left out.',
    source: SERVER,
    confidence: 'source',
  },
  {
    id: 'A-12',
    sentence:
      'The DISCOVER of a bound client whose image is still for it is answered with a BSDP OFFER: yiaddr 0, boot file, root path and selected image. For all others the server is silent.',
    source: `${PAPER}; ${SERVER}`,
    confidence: 'source',
  },
  {
    id: 'A-13',
    sentence:
      'A SELECT that names another server makes it delete its own record of that client. One for itself makes or renews the record and is answered; FAILED is said only if the image is unknown or not for the client, or if it cannot be prepared. Without an image id the default is meant.',
    source: SERVER,
    confidence: 'source',
  },
  {
    id: 'A-14',
    sentence:
      "An image may name another server for its files: siaddr is then that machine's, and sname stays as it was asked. siaddr and option 54 may rightly differ.",
    source: SERVER,
    confidence: 'source',
  },
  {
    id: 'A-15',
    sentence:
      'A diskless Mac gets an AFP account with a fresh password, of which there are 50. One is taken back when the boot is more than 15 minutes old; when all are in use the next Mac gets FAILED.',
    source: SERVER,
    confidence: 'source',
  },
  {
    id: 'A-16',
    sentence:
      'An image folder ends in .nbi and describes itself in a property list: name, index, kind, type, boot file, root path, architectures, models, MAC lists, default, install, filter only, load-balance server.',
    source: 'apple-oss-distributions/bootp, bootplib/nbimages.c',
    confidence: 'source',
  },
  {
    id: 'A-17',
    sentence:
      'It logs every request and answer in one line, with the client as type and MAC without leading zeros.',
    source: SERVER,
    confidence: 'source',
  },
  {
    id: 'A-18',
    sentence:
      'A boot file is named by its absolute path under /private/tftpboot/NetBoot, with the share point, the image folder and the architecture; other servers send relative paths.',
    source: SERVER,
    confidence: 'source',
  },
  {
    id: 'A-19',
    sentence:
      'Option 17 is nfs:address:export:image or an http URL; an image that is only a boot file has none. Names are never resolved by firmware, so addresses stand there.',
    source: `${PAPER}; ${SERVER}`,
    confidence: 'source',
  },
]
