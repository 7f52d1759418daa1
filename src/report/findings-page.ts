/**
 * docs/findings.md from the meta data of the rules: an overview of one line per rule, then each rule with when it
 * holds, what it is not, what it means for which firmware and what to do. Does not write files.
 */
import type { ClientKind } from '../analysis/clients/client-kind.ts'
import { CLIENT_KINDS } from '../analysis/clients/index.ts'
import { type FindingMeta, ORIGINS, type Origin, type OriginMeta } from '../analysis/finding-meta.ts'
import { FINDING_RULES } from '../analysis/findings/index.ts'

interface Listed {
  readonly meta: FindingMeta
}

export const findingsPage = (
  rules: readonly Listed[] = FINDING_RULES,
  kinds: readonly ClientKind[] = CLIENT_KINDS,
): string => {
  const metas = rules.map(({ meta }) => meta)
  const sections = SECTIONS.flatMap(({ title, about, holds }) => {
    const own = metas.filter(holds)
    return own.length === 0 ? [] : [`## ${title}`, ...about, ...own.map(meta => ruleSection(meta, kinds))]
  })
  return `${[HEAD, overview(metas), ...sections, FOOT].join('\n\n')}\n`
}

const HEAD = `# Findings

What is said about a network, and when. The rules of captures see packets alone; the same code judges a simulated run, a
capture file and a live interface, and shares nothing with the servers it judges (\`src/analysis\` imports \`wire\` and
\`core\`). This page is written from the meta data of the rules (\`npm run findings\`).

A finding has an id (ids do not change), a severity, a confidence, the machines and servers it concerns, what happened,
why that is so, what to do, the packets that show it, and the facts behind the sentences (\`details\`). Machines that share
a rule, a set of servers and a segment share one finding. A finding that follows from another one names it
(\`causedBy\`); text reports print it below that one.

**Severity**: \`error\`: machines boot wrongly or not at all, or by chance; \`warning\`: some firmware will; \`info\`: worth
knowing.

**Confidence**: \`seen\`: all packets that prove it are in the capture; \`inferred\`: an absence, or a step that leaves no
packet (a machine that starts from its disk sends nothing); \`possible\`: depends on where the capture was taken. Where
nothing else is said it is \`seen\`.

A *server* is its identity: option 54, else siaddr, else the source address. Copies that relays, routers, mirror ports
and retransmissions make are merged before anything is counted. Contention is counted inside one role only: a DHCP server
and a PXE server beside each other are how it should be. What was arguable: [decision 21](decisions/0021-labels.md).`

const FOOT = `## What a capture can show

Offers are mostly broadcasts and visible on any port of the subnet. Requests to port 4011, TFTP and iPXE's DHCP answers
are unicasts: they need a mirror port, or a capture on the machine or the server. Where only broadcasts were seen the
analysis says so (\`notes\`), and rules that rest on the absence of a unicast are weaker or silent. Frames cut short,
damaged datagrams (which a receiver would have dropped) and frames that a mirror port shows twice are left out; wrong
checksums in the whole of a capture (an anonymised one) are not held against it. VLANs of a trunk are segments of their
own (\`eth0.12\`). Only IPv4 on Ethernet is judged.`

interface Section {
  readonly title: string
  readonly about: readonly string[]
  readonly holds: (meta: FindingMeta) => boolean
}

const isOfBsdp = ({ id }: FindingMeta): boolean => id.startsWith('bsdp-')
const isFirst =
  (origin: Origin) =>
  ({ origins }: FindingMeta): boolean =>
    SECTION_ORIGINS.find(candidate => origins[candidate]) === origin
/** A rule that is found in several ways stands where it is known best. */
const SECTION_ORIGINS: readonly Origin[] = ['capture', 'deployment', 'run', 'lint', 'probe']

const SECTIONS: readonly Section[] = [
  {
    title: 'In packets',
    about: [],
    holds: meta => isFirst('capture')(meta) && !isOfBsdp(meta),
  },
  {
    title: 'In packets: BSDP',
    about: [
      `Several BSDP servers beside each other are how the protocol is meant to be: a Mac asks all of them and selects one. That
alone is never a finding (BSDP-1), nor are local images of one number (BSDP-5), a load-balance server (BSDP-20) or a small
option 57 (BSDP-23). Each rule names its rule of the [book](rules/bsdp.md). One address that serves PXE and BSDP is one
server in two roles.`,
    ],
    holds: meta => isFirst('capture')(meta) && isOfBsdp(meta),
  },
  {
    title: 'In a site',
    about: [
      `Only a run of a scenario with \`site:\` has these ([site.md](site.md)); they come from a journal of jobs, policies and
registrations, not from packets.`,
    ],
    holds: isFirst('deployment'),
  },
  {
    title: 'In a run',
    about: [
      'Only a run knows of these: a capture shows what was on the wire, and not what a device has thrown away.',
    ],
    holds: isFirst('run'),
  },
  {
    title: 'In a scenario file',
    about: [
      '`nbs lint` finds these, and those above that say so, without a run, each at its line and column.',
    ],
    holds: isFirst('lint'),
  },
  {
    title: 'By asking',
    about: [
      '`nbs probe --fetch` downloads the files that were offered, and finds these by what comes. `no-pxe-responder` is `info` for a probe where other kinds of machines are offered a boot file.',
    ],
    holds: isFirst('probe'),
  },
]

const ORIGIN_TEXT: Readonly<Record<Origin, string>> = {
  capture: 'packets',
  lint: 'scenario file',
  deployment: 'site',
  run: 'run',
  probe: 'probe',
}

const overview = (metas: readonly FindingMeta[]): string =>
  ['| rule | severity | meaning | found in |', '| --- | --- | --- | --- |', ...metas.map(findingRow)].join(
    '\n',
  )

/** Of the overview. */
export const findingRow = ({ id, severity, meaning, origins }: FindingMeta): string =>
  `| [\`${id}\`](#${anchorOf(id)}) | ${severity} | ${cell(meaning)} | ${ORIGINS.filter(
    origin => origins[origin],
  )
    .map(origin => ORIGIN_TEXT[origin])
    .join(', ')} |`

/** As code hosts make anchors of headings. */
const anchorOf = (id: string): string => id.toLowerCase().replace(/[^a-z0-9-]/g, '')
const cell = (text: string): string => text.replaceAll('|', '\\|')

export const ruleSection = (meta: FindingMeta, kinds: readonly ClientKind[] = CLIENT_KINDS): string => {
  const { id, severity, meaning, origins, consequences = [] } = meta
  const found = ORIGINS.flatMap(origin => {
    const how = origins[origin]
    return how ? [{ origin, how }] : []
  })
  const only = found.length === 1
  const effects = kinds.flatMap(kind => kind.effects[id] ?? [])
  return [
    `### \`${id}\``,
    `**${severity}**: ${meaning}.`,
    ...found.map(({ origin, how }) => `${only ? '' : `*${ORIGIN_TITLE[origin]}.* `}${originText(how)}`),
    ...(effects.length === 0 ? [] : [`*What it does.* ${sentence(effects.join('; '))}`]),
    ...(consequences.length === 0
      ? []
      : [`*Can follow from* ${consequences.map(({ of }) => `\`${of}\``).join(', ')}.`]),
  ].join('\n\n')
}

const ORIGIN_TITLE: Readonly<Record<Origin, string>> = {
  capture: 'In packets',
  lint: 'In a scenario file',
  deployment: 'In a site',
  run: 'In a run',
  probe: 'By asking',
}

const originText = ({ meaning, severity, holdsWhen, isNot, confidence, remedy }: OriginMeta): string =>
  [
    ...(meaning === undefined ? [] : [sentence(meaning)]),
    `Holds when ${holdsWhen}.`,
    ...(isNot === undefined ? [] : [`Not reported: ${isNot}.`]),
    ...(severity === undefined ? [] : [`Severity: ${severity}.`]),
    ...(confidence === undefined ? [] : [`Confidence: ${confidence}.`]),
    `What to do: ${remedy}.`,
  ].join(' ')

const sentence = (text: string): string =>
  `${/^(iPXE|dnsmasq)/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)}.`
