/**
 * The target where none is named: the servers of nbs-lab themselves, each asked for what it is there for. A scenario like
 * any other, written here because the suite is always to be had.
 */
import { type Mac, parseMac } from '../../core/address.ts'
import type { Service } from '../survey.ts'

export const OWN_SCENARIO = `
title: The servers of nbs-lab
subnets: { lab: { cidr: 10.99.0.0/24, link: { delay: 200us } } }
notificationServers:
  ns-1: { unknown: { boot: pxe, image: Lab } }
servers:
  nbs: &nbs
    kind: nbs
    on: lab
    address: 10.99.0.10
    notificationServer: ns-1
    deny: '02:6e:62:ff:ff:01'
    images: &images
      BStrap/x86/BStrap.0: 40960
      BStrap/x86/BStrap.efi: 40960
      BStrap/x64/BStrap.efi: 40960
      BStrap/arm64/BStrap.efi: 40960
      check/large: 600000
      check/exact: 4096
      check/empty: 0
      check/text: "one\\ntwo\\rthree\\r\\nfour\\n"
    discovery: { multicast: 239.255.17.59 }
    bsdp:
      images:
        - { index: 4096, name: Lab NetBoot, folder: Lab.nbi, default: true }
        - { index: 101, name: Other model, folder: Other.nbi, models: ['iMac99,9'] }
  nbs-redirect: { <<: *nbs, address: 10.99.0.11, style: redirect }
  nbs-menu: { <<: *nbs, address: 10.99.0.12, style: menu }
  dhcp:
    kind: dhcp
    on: lab
    address: 10.99.0.2
    pool: 10.99.0.100-10.99.0.119
    nextServer: 10.99.0.2
    classes:
      - { match: { arches: x86-bios }, bootFile: BStrap/x86/BStrap.0 }
      - { match: { arches: ia32-uefi }, bootFile: BStrap/x86/BStrap.efi }
      - { match: { arches: x64-uefi }, bootFile: BStrap/x64/BStrap.efi }
      - { match: { arches: arm64-uefi }, bootFile: BStrap/arm64/BStrap.efi }
    tftp: on
    images: *images
`

export interface OwnServer {
  readonly name: string
  /** Letters of the chapters that it is asked about. */
  readonly chapters: string
  /** What it is there for: silence about it is a failure. */
  readonly expects: readonly Service[]
}

const PXE: readonly Service[] = ['offer', 'pxe', 'proxy', 'bootServer', 'tftp', 'file']

export const OWN_SERVERS: readonly OwnServer[] = [
  { name: 'nbs', chapters: 'PBTAH', expects: [...PXE, 'bsdp'] },
  { name: 'nbs-redirect', chapters: 'PB', expects: PXE },
  { name: 'nbs-menu', chapters: 'PBM', expects: [...PXE, 'menu'] },
  { name: 'dhcp', chapters: 'PDT', expects: ['offer', 'lease', 'tftp', 'file'] },
]

export const OWN_FILES: readonly string[] = ['check/large', 'check/exact', 'check/empty', 'check/text']
/** Told to all of them as one that they are not to answer. */
export const OWN_DENIED: Mac = parseMac('02:6e:62:ff:ff:01')!
