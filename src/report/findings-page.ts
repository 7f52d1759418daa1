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

What nbs-lab reports about a network, and when. Capture rules see packets only; the same code judges a simulated run, a
capture file and a live interface, and shares no code with the servers it judges (\`src/analysis\` imports \`wire\` and
\`core\`). This page is generated from the metadata of the rules (\`npm run findings\`).

A finding has an id (ids never change), a severity, a confidence, the machines and servers involved, what happened, why,
what to do about it, the packets that show it, and the facts behind the sentences (\`details\`). Machines that share
a rule, a set of servers and a segment share one finding. A finding that follows from another one names it
(\`causedBy\`); text reports print it below that one.

**Severity**: \`error\`: machines boot the wrong thing, do not boot, or boot by chance; \`warning\`: some firmware will; \`info\`: worth
knowing.

**Confidence**: \`seen\`: all packets that prove it are in the capture; \`inferred\`: an absence, or a step that leaves no
packet (a machine that starts from its disk sends nothing); \`possible\`: depends on where the capture was taken. The
default is \`seen\`.

A *server* is identified by option 54, else siaddr, else the source address. Copies made by relay agents, routers, mirror
ports and retransmission are merged before anything is counted. Contention is counted within one role only: a DHCP server
next to a PXE server is the normal case. Borderline cases: [decision 21](decisions/0021-labels.md).`

const FOOT = `## What a capture can show

OFFERs are mostly broadcast and visible on any port of the subnet. Requests to port 4011, TFTP and iPXE's DHCP answers
are unicast: they need a mirror port, or a capture on the machine or the server. Where only broadcasts were captured, the
analysis says so (\`notes\`), and rules that rely on the absence of a unicast have a lower confidence or report nothing. Truncated frames,
damaged datagrams (which a receiver would have dropped) and frames duplicated by a mirror port are ignored; wrong
checksums throughout a capture (an anonymised one) are tolerated. Each VLAN of a trunk is a segment of its
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
      `Several BSDP servers on one network are normal: a Mac asks all of them and selects one. That
alone is never a finding (BSDP-1), nor are local images with the same number (BSDP-5), a load-balancing server (BSDP-20) or a small
option 57 (BSDP-23). Each finding names its rule in the [rule book](rules/bsdp.md). One address that serves PXE and BSDP is one
server in two roles.`,
    ],
    holds: meta => isFirst('capture')(meta) && isOfBsdp(meta),
  },
  {
    title: 'In a site',
    about: [
      `Only a run of a scenario with \`site:\` reports these ([site.md](site.md)); they come from a journal of jobs, policies and
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
      '`nbs lint` reports these, and those above marked "scenario file", without a run, each with its line and column.',
    ],
    holds: isFirst('lint'),
  },
  {
    title: 'In a probe',
    about: [
      '`nbs probe --fetch` downloads the offered files and reports these. In a probe, `no-pxe-responder` is `info` if other kinds of machines were offered a boot file.',
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
  const effects = distinctEffects(id, kinds)
  return [
    `### \`${id}\``,
    `**${severity}**: ${meaning}.`,
    ...found.map(({ origin, how }) => `${only ? '' : `*${ORIGIN_TITLE[origin]}.* `}${originText(how)}`),
    ...(effects.length === 0 ? [] : [`*Effect per firmware.* ${sentence(effects.join('; '))}`]),
    ...(consequences.length === 0
      ? []
      : [`*Can follow from* ${consequences.map(({ of }) => `\`${of}\``).join(', ')}.`]),
  ].join('\n\n')
}

/** What firmware of one kind does like EDK2, from which most of it is made, is said once. */
const distinctEffects = (id: string, kinds: readonly ClientKind[]): string[] => {
  const effects = kinds.flatMap(kind => kind.effects[id] ?? [])
  return effects.flatMap(effect => {
    if (effect.startsWith(UEFI) && effects.includes(effect.replace(UEFI, EDK2))) return []
    const isShared = effect.startsWith(EDK2) && effects.includes(effect.replace(EDK2, UEFI))
    return [isShared ? effect.replace(EDK2, `${EDK2}, like UEFI firmware in general,`) : effect]
  })
}
const EDK2 = 'EDK2'
const UEFI = 'UEFI firmware'

const ORIGIN_TITLE: Readonly<Record<Origin, string>> = {
  capture: 'In packets',
  lint: 'In a scenario file',
  deployment: 'In a site',
  run: 'In a run',
  probe: 'In a probe',
}

const originText = ({ meaning, severity, holdsWhen, isNot, confidence, remedy }: OriginMeta): string =>
  [
    ...(meaning === undefined ? [] : [sentence(meaning)]),
    `Holds when ${holdsWhen}.`,
    ...(isNot === undefined ? [] : [`Not reported: ${isNot}.`]),
    ...(severity === undefined ? [] : [`Severity: ${severity}.`]),
    ...(confidence === undefined ? [] : [`Confidence: ${confidence}.`]),
    `Remedy: ${remedy}.`,
  ].join(' ')

const sentence = (text: string): string =>
  `${/^(iPXE|dnsmasq)/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1)}.`
