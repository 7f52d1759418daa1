/**
 * Labels for captures of runs: what an expert would find in each, read from the scenario, not from the analyser.
 */
import { capturedRun, framesOf } from '../../cli/captures.ts'
import type { Labelled } from './label.ts'

const CONTENDED: Readonly<Record<string, string>> = {
  'foreign-wds': 'multiple-pxe-responders split-decision',
  'helper-list-names-two-nbs': 'multiple-pxe-responders split-decision stray-relay-target job-lost',
  // Whoever wins promises the same; the one without the file cannot keep it.
  'missing-image': 'multiple-pxe-responders missing-boot-file',
  'mixed-firmware': 'multiple-pxe-responders split-decision job-lost',
  // Option 60 makes the DHCP server one that PXE clients ask.
  'option-60-left-on-dhcp': 'multiple-pxe-responders option-60-without-pxe-service dead-boot-server-port',
  'stale-policy': 'multiple-pxe-responders split-decision job-lost',
  // The other one names itself as TFTP server, and has none.
  'two-dhcp-servers': 'multiple-dhcp-servers unreachable-tftp-server',
  'two-nbs-one-subnet': 'multiple-pxe-responders split-decision stray-relay-target job-lost',
  'two-nbs-same-notification-server': 'multiple-pxe-responders/warning',
  'bsdp/double-binding': 'bsdp-double-binding',
  'bsdp/ignores-server-identifier': 'bsdp-answer-for-another bsdp-loaded-elsewhere',
  'bsdp/constant-priority': 'bsdp-constant-priority',
  'bsdp/same-global-id': 'bsdp-global-image-conflict',
  'firmware/02a-d-pa-pb': 'multiple-pxe-responders split-decision',
  'firmware/02b-pa-pb-d': 'multiple-pxe-responders split-decision',
  'firmware/02c-pa-d-pb': 'multiple-pxe-responders split-decision',
  'firmware/05p-d-ba-pa': 'multiple-pxe-responders split-decision',
  'firmware/12-dpa-dpb': 'multiple-pxe-responders split-decision multiple-dhcp-servers',
  'firmware/14-a-b-500ms': 'multiple-dhcp-servers',
  'firmware/15r-df-d-500ms': 'multiple-dhcp-servers',
  'firmware/51-a-b-acks-others': 'multiple-dhcp-servers',
  'firmware/52-a-b-naks-others': 'multiple-dhcp-servers ignored-nak',
  'firmware/preset-dnsmasq-proxy': 'multiple-pxe-responders split-decision',
  'firmware/preset-pixiecore': 'multiple-pxe-responders split-decision',
  'firmware/preset-plain-dhcp-option-60':
    'multiple-pxe-responders option-60-without-pxe-service dead-boot-server-port',
  'firmware/preset-wds': 'multiple-pxe-responders split-decision',
}

const ALONE: Readonly<Record<string, string>> = {
  'one-nbs': '',
  'nbs-behind-two-relays': '',
  'nbs-too-slow': '',
  'bsdp/one-server': '',
  'bsdp/pxe-and-bsdp': '',
  'bsdp/two-balanced': '',
  'firmware/01-d-pa': '',
  'firmware/03-d-pa-5s': '',
  'firmware/03e-pa-d-5s': '',
  'firmware/05d-d-ba': '',
  'firmware/21-d-pm-list': '',
  'firmware/22-d-pm-broadcast': '',
  'firmware/34-df-tftp-no-options': '',
  'firmware/40-df-66-other': '',
  'firmware/43-d-pa-h': '',
  'dead-boot-server-port': 'dead-boot-server-port',
  'nbs-beside-dhcp-boot-options': 'boot-file-conflict wrong-architecture',
  'notification-server-outage': 'no-pxe-responder',
  'tftp-service-stopped': 'unreachable-tftp-server',
  'unknown-machines': 'no-pxe-responder',
  'bsdp/unknown-model': 'bsdp-list-unanswered',
  'bsdp/unprivileged-reply-port': 'bsdp-unprivileged-reply-port bsdp-list-unanswered',
  'firmware/16-pa-only': 'no-dhcp-server',
  'firmware/17-nobody': 'no-dhcp-server',
  'firmware/27-d-pa-other-cpu': 'wrong-architecture',
  'firmware/30-df-file-missing': 'missing-boot-file',
  'firmware/33-df-off-link': 'unreachable-tftp-server',
  'firmware/37-df-no-mask': 'malformed-offer client-denied',
}

const labelled = (files: Readonly<Record<string, string>>, contended: boolean): Labelled[] =>
  Object.entries(files).map(([file, expect]) => ({
    name: `run of scenarios/${file}.yaml`,
    contended,
    expect: expect === '' ? [] : expect.split(' '),
    frames: () => framesOf(capturedRun(`scenarios/${file}.yaml`).run.trace),
  }))

export const RUNS: readonly Labelled[] = [...labelled(CONTENDED, true), ...labelled(ALONE, false)]
