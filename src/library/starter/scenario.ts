/**
 * The scenario that `nbs init` begins with: a network as engineers have it, every line of it to be changed. Text only; it is
 * held against the format by a test.
 */

/** Beside the scenario, so that editors find it without a network and without this program's folder. */
export const SCHEMA_FILE = 'scenario.schema.json'

const HEAD = `# yaml-language-server: $schema=${SCHEMA_FILE}`

export const STARTER = `${HEAD}
# A network as a scenario. Run it:       npx nbs run network.yaml
# Check it without a run:                npx nbs lint --strict network.yaml
# Every field, and "my network has X":   docs/scenario.md of nbs-lab
title: Floor 3 boots from its NBS
subnets:                                  # one per VLAN
  floor3: { cidr: 10.1.3.0/24 }
  servers: { cidr: 10.1.9.0/24 }
  # A switch without portfast, with DHCP snooping:
  # floor3: { cidr: 10.1.3.0/24, switch: { forwardingDelay: 30s, trusted: [core] } }
routers:
  core:
    joins: [floor3, servers]
    relay: { floor3: [dhcp, nbs] }        # IP helper addresses: both hear every DISCOVER of floor 3
notificationServers:
  console:
    unknown: { boot: pxe, image: WinPE }  # what a machine that nobody knows gets
servers:
  dhcp:
    kind: dhcp
    preset: windows-dhcp                  # without it: a DHCP server that does what its fields say
    on: servers
    address: 10.1.9.2
    scopes:
      floor3: { pool: 10.1.3.100-10.1.3.199 }
    # A policy by vendor class, for a site that boots by options 66 and 67 instead of an NBS:
    # options: { 66: 10.1.9.7 }
    # classes:
    #   uefi: { match: { vendorClass: 'PXEClient:Arch:00007' }, bootFile: 'boot\\x64\\wdsmgfw.efi' }
  nbs: { kind: nbs, on: servers, address: 10.1.9.5, notificationServer: console }
  # The one that somebody forgot; take the # away and run again:
  # old: { kind: foreign, preset: dnsmasq-proxy, on: floor3, address: 10.1.3.9 }
clients:
  uefi: { count: 3, on: floor3, firmware: edk2, powerOn: 0s..5s }
  bios: { count: 2, on: floor3, firmware: bios-rom, powerOn: 0s..5s }
expect:
  noFindings: warning                     # neither errors nor warnings
  outcomes:
    uefi: { booted: 3, from: nbs, within: 30s }
    bios: { booted: 2, from: nbs, within: 30s }
`

/** Of the library: without the folder of images that only the program's own tree has, which is what is used anyway. */
export const startedFrom = (text: string): string =>
  text
    .replace(/^# yaml-language-server:.*$/m, HEAD)
    .replace(/, images: (?:\.\.\/)+boot-images(?=[ ,}])/g, '')
    .replace(/\bimages: (?:\.\.\/)+boot-images, /g, '')
    .replace(/^ +images: (?:\.\.\/)+boot-images\n/gm, '')
