/**
 * The product that is modelled: the Network Boot Service of Deployment Solution, from the vendor's public pages and
 * from what users report.
 */
import type { Rule } from './rule.ts'

const KB = (number: string) => `knowledge.broadcom.com/external/article/${number}`
const HELP = 'product help of Deployment Solution 7.5 and 8.x'

export const NBS_RULES: readonly Rule[] = [
  {
    id: 'NBS-1',
    sentence:
      'An NBS is two services of a site server, "PXE and BSDP" and "TFTP", which can run and stop each by itself. It needs neither Task Service nor Package Service there, and runs only while its policy is on.',
    source: `${HELP}, ${KB('180278')}`,
    confidence: 'document',
  },
  {
    id: 'NBS-2',
    sentence:
      'The vendor allows one NBS per subnet. Through a relay that means one per helper list: every server that is named there answers.',
    source: `${KB('180278')}; www.symantec.com/docs/HOWTO8573`,
    confidence: 'document',
  },
  {
    id: 'NBS-3',
    sentence:
      'The first program a machine loads is BStrap, by architecture: BStrap\\x86\\Bstrap.0 for BIOS, BStrap\\x86\\Bstrap.efi and BStrap\\x64\\Bstrap.efi for UEFI; older texts have X86pc for x86. It needs the server list of option 43 to find menu and image.',
    source: `${KB('172767')}, ${KB('181629')}, ${KB('154100')}`,
    confidence: 'document',
  },
  {
    id: 'NBS-4',
    sentence:
      'File names are looked up under the Images folder without regard to case, with slashes of either kind.',
    source: 'thr3ads.net/syslinux/2014/05/2835455; blindauer.net, 19 January 2015',
    confidence: 'inferred',
  },
  {
    id: 'NBS-5',
    sentence:
      'An image is a folder with one folder per architecture; its BIOS program is called like the image, with .0. BStrap with a bad option 43, or with dummy.0 of a failed build, prints "PXEPreZero: Invalid PXE Server List Format".',
    source: `${KB('154100')}, ${KB('281045')}`,
    confidence: 'document',
    notImplemented: 'the files of an image have the names that the scenario or the folder gives them',
  },
  {
    id: 'NBS-6',
    sentence:
      'Servers of the engine before 8.x were captured sending option 43 in three instances, each closed by 255 and one of them 253 bytes long. A client that joins them and stops at the first 255 never sees menu, prompt and boot item.',
    source: 'www.syslinux.org/archives/2014-March/021815.html, 021817.html',
    confidence: 'report',
  },
  {
    id: 'NBS-7',
    sentence:
      "The engine's boot server type is 0xAAAA, and forced mode uses discovery control 0x0B: no broadcast, no multicast, load the file at once.",
    source: 'thr3ads.net/syslinux/2014/05/2835455',
    confidence: 'report',
  },
  {
    id: 'NBS-8',
    sentence:
      'Forced mode puts options 60, 66, 67 and 43 on DHCP scopes instead of helper addresses. Clients use siaddr and `file`: Microsoft DHCP copies option 66 into siaddr, Infoblox does not, and a fixed option 67 cannot serve BIOS and UEFI.',
    source: `${KB('172767')}, ${KB('157148')}, ${KB('181629')}`,
    confidence: 'document',
    notImplemented: 'a scenario writes it as options and nextServer of a DHCP server',
  },
  {
    id: 'NBS-9',
    sentence:
      'The log of the PXE service is off by default. Levels go from errors (1) over functional flow (3) to all requests (5); 15 or 255 is everything.',
    source: `${KB('181630')}, ${KB('267264')}`,
    confidence: 'document',
  },
  {
    id: 'NBS-10',
    sentence:
      'From 8.7.1 on, TFTP block sizes from 512 to 65,535 can be set, from 8.7.2 on also a window size. BIOS ROMs refuse more than 1456 bytes.',
    source: `${KB('281045')}, ${KB('152549')}`,
    confidence: 'document',
  },
  {
    id: 'NBS-11',
    sentence:
      'One TFTP packet by broadcast silences the TFTP service of 8.7.1 for good, which machines report as PXE-E99. 8.7.2 has the repair.',
    source: KB('275767'),
    confidence: 'document',
    notImplemented: 'stop a TFTP service by a fault of the scenario instead',
  },
  {
    id: 'NBS-12',
    sentence:
      'An image may use iPXE as its loader: it then comes over HTTP from a web site on TCP port 4433 of the server.',
    source: KB('171994'),
    confidence: 'document',
    notImplemented: 'HTTP transfers are not modelled yet',
  },
  {
    id: 'NBS-13',
    sentence:
      'Computers are managed, predefined or unknown, each class with an image and a time-out of its own; unknown ones may be kept out.',
    source: `${HELP}, NBS General Settings; symantec.com HOWTO63381`,
    confidence: 'document',
  },
  {
    id: 'NBS-14',
    sentence:
      'A machine without a job gets a prompt of 3 s and goes on to its next boot device; one with a job gets no prompt.',
    source: 'symantec.com TECH159249',
    confidence: 'document',
  },
  {
    id: 'NBS-15',
    sentence:
      'Settings and images reach each site server on the schedule of its policy, unless "apply immediately" is set, so for a while two servers can know different things.',
    source: `${HELP}; manual of Deployment Solution 7.1, page 25`,
    confidence: 'inferred',
  },
  {
    id: 'NBS-16',
    sentence:
      'For each request the NBS asks the Notification Server, whose answer has five numbers and names: `boot` (PXE, automation or production: 0, 1, 2), `client` (managed, predefined or unknown: 0, 1, 2), `image`, `arch` (1 for x86, 2 for x64) and `jobrunning`.',
    source: KB('181630'),
    confidence: 'document',
  },
  {
    id: 'NBS-17',
    sentence:
      '"Production" is a valid answer and no error: the machine is sent to its next boot device, and a BIOS screen shows PXE-M0F.',
    source: KB('181630'),
    confidence: 'document',
  },
  {
    id: 'NBS-18',
    sentence:
      'A server that does not know the job of a machine sends it to its next boot device: the job stays pending, the machine starts its disk, and nothing reports an error.',
    source: `${KB('179672')}; manual of Deployment Solution 7.1, page 25`,
    confidence: 'document',
  },
  {
    id: 'NBS-19',
    sentence:
      'The vendor tells of boots that work now and then: two PXE servers on a segment, and the client goes by the first PXE offer.',
    source: 'www.symantec.com/docs/HOWTO8573 (KB 181525)',
    confidence: 'document',
  },
  {
    id: 'NBS-20',
    sentence:
      'What a machine needs depends on its part: a client Base Task Handlers, Client Task Agent and DS Plug-in; a site server also Client Task Server Agent and DS Task Server Handler, and a Deployment Package Server where images lie.',
    source: KB('180278'),
    confidence: 'document',
  },
  {
    id: 'NBS-21',
    sentence:
      'The task agent gets a list of task servers and registers with one: the one with the fewest computers, the fastest connection, or the most capacity.',
    source: `${KB('150990')}, ${KB('256575')}`,
    confidence: 'document',
    aliases: ['KB150990'],
  },
  {
    id: 'NBS-22',
    sentence:
      'A new task is announced by a tickle, from Notification Server to task server (port 50123) to agent (port 50124). A lost tickle costs up to 30 minutes, when the agent asks by itself.',
    source: 'techdocs.broadcom.com, "How task server uses the tickle mechanism"',
    confidence: 'document',
  },
  {
    id: 'NBS-23',
    sentence:
      'A deployment job runs so: task to the agent in production, restart into PXE, answer with an image, BStrap, preboot system, its agent asks for a task server, image task against a package server, then boot to production.',
    source: `${HELP}; ${KB('165161')}`,
    confidence: 'inferred',
  },
  {
    id: 'NBS-24',
    sentence:
      'A predefined computer boots the default image first, and a boot-to task found there restarts it a second time, unless it is imported as unmanaged.',
    source: KB('165161'),
    confidence: 'document',
    notImplemented: 'predefined computers boot once',
  },
  {
    id: 'NBS-25',
    sentence:
      'Helper addresses must name the DHCP server and the PXE server. Each server named gets the request by unicast, so the servers that contend are those of the list, wherever they stand.',
    source: 'manual of Deployment Solution 6.9, page 59; www.symantec.com/docs/HOWTO8573',
    confidence: 'document',
  },
  {
    id: 'NBS-26',
    sentence:
      'A DHCP server that says PXEClient (option 60) without a PXE service beside it sends machines to its own port 4011, where nobody answers: PXE-E55, or E53, E11. Where DHCP and PXE share a host it is needed.',
    source: `Microsoft KB 259670; ${KB('152549')}`,
    confidence: 'document',
  },
  {
    id: 'NBS-27',
    sentence:
      "Microsoft's boot servers can be set to answer only clients that have asked for some seconds (the field secs); whether an NBS of 7.5 or later has such a setting is not public.",
    source: 'docs.microsoft.com/previous-versions/ms852361',
    confidence: 'document',
  },
  {
    id: 'NBS-28',
    sentence:
      'For Macs NetBoot images are folders made with the tool of Apple and imported into the service; holding N at power-on boots the default one.',
    source: `${HELP}, Mac NetBoot images`,
    confidence: 'document',
  },
  {
    id: 'NBS-29',
    sentence:
      'One process serves PXE and BSDP, so one address rightly shows both roles. It is no sign of two servers, and the two protocols are judged apart.',
    source: HELP,
    confidence: 'inferred',
  },
  {
    id: 'NBS-30',
    sentence:
      'How an NBS asks the Notification Server, how long it waits and what it does when nobody answers are not public. The protocol and the settings for it are ours.',
    source: 'looked for in the public pages, and not found',
    confidence: 'inferred',
  },
  {
    id: 'NBS-31',
    sentence:
      'A server whose registration failed is missing in the console and still answers on the network.',
    source: KB('152270'),
    confidence: 'inferred',
    notImplemented: 'there is no console',
  },
  {
    id: 'NBS-32',
    sentence:
      'The preboot system comes over TFTP from the server that sent BStrap, asks for nothing more there, and then runs as far as its agent. That BStrap needs no second decision is our assumption.',
    source: `${KB('154100')}, ${KB('171994')}`,
    confidence: 'inferred',
  },
]
