import t from 'tap'
import { formatScenarioError, loadScenario } from '../../src/scenario/load.ts'

/** Everything in it is right; each case makes one thing wrong. */
const BASE = `title: Two NBS on one subnet
limit: 60s
subnets:
  office: { cidr: 10.20.1.0/24, link: { delay: 200us, jitter: 300us, loss: 0 } }
  servers: { cidr: 10.20.9.0/24 }
routers:
  r1: { joins: [office, servers], relay: { office: [dhcp, nbs-b] } }
notificationServers:
  ns-1:
    unknown: { allow: false }
    computers:
      - { mac: '00:50:56:*', class: managed, boot: automation, image: WinPE, jobRunning: true }
servers:
  dhcp: { kind: dhcp, on: office, address: 10.20.1.2, pool: 10.20.1.100-10.20.1.199 }
  nbs-a: { kind: nbs, on: office, address: 10.20.1.5, notificationServer: ns-1, images: ../boot-images }
  nbs-b: { kind: nbs, on: servers, address: 10.20.9.5, notificationServer: ns-1, responseDelay: 0ms..2ms }
clients:
  pc: { count: 20, on: office, firmware: edk2, profile: 2022, mac: '00:50:56:00:00:01', powerOn: 0s..5s }
faults:
  - { at: 3s, stop: nbs-a.tftp }
expect:
  findings: [multiple-pxe-responders]
  noFindings: [multiple-dhcp-servers]
  outcomes:
    pc: { booted: 1..19, from: [nbs-a, nbs-b] }
`

type Case = readonly [name: string, from: string | RegExp, to: string, ...errors: string[]]

/** What is changed, and every error to the letter: line, column, field, words, nearest spelling. */
const CASES: readonly Case[] = [
  ['empty file', BASE, '', '1:1: the file is empty'],
  ['only a comment', BASE, '# nothing yet\n', '1:1: the file is empty'],
  ['not a map', BASE, '- title: x\n', '1:1: a scenario must be a map that starts with title:'],
  ['plain text', BASE, 'hello\n', '1:1: a scenario must be a map that starts with title:'],
  [
    'two documents',
    'expect:\n',
    '---\nexpect:\n',
    '21:1: a file holds one scenario; remove everything after ---',
  ],
  [
    'a tab as indentation',
    '  office: {',
    '\toffice: {',
    '4:1: tabs cannot be used for indentation; use spaces',
  ],
  [
    'a bracket left open',
    '[office, servers]',
    '[office, servers',
    '7:67: not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]',
  ],
  [
    'a duplicate key on another line',
    '  servers: { cidr: 10.20.9.0/24 }',
    '  servers: { cidr: 10.20.9.0/24 }\n  office: { cidr: 10.20.8.0/24 }',
    '6:3: subnets.office: "office" is given twice; the first is in line 4',
  ],
  [
    'a duplicate key in a flow map',
    'kind: dhcp, on: office',
    'kind: dhcp, kind: dhcp, on: office',
    '14:23: servers.dhcp.kind: "kind" is given twice; the first is in column 11',
  ],
  ['a tag', 'title: Two', 'title: !!js/function Two', '1:8: tags (!name) are not used in scenarios'],
  [
    'an alias of nothing',
    'cidr: 10.20.9.0/24',
    'cidr: *net',
    '5:20: subnets.servers.cidr: the alias *net has no anchor &net',
  ],
  [
    'nested too deeply',
    'title: Two NBS on one subnet',
    'title: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]',
    '1:1: nested deeper than 16 levels',
  ],
  ['no title', 'title: Two NBS on one subnet\n', '', '1:1: title: missing; expected text'],
  [
    'a title that is a number',
    'title: Two NBS on one subnet',
    'title: 2024',
    "1:8: title: expected text, got the number 2024; did you mean '2024'?",
  ],
  [
    'an unknown field at the top',
    'limit: 60s',
    'limt: 60s',
    '2:1: limt: unknown field "limt"; did you mean limit?',
  ],
  ['a misspelt title', 'title: Two', 'titel: Two', '1:1: titel: unknown field "titel"; did you mean title?'],
  [
    'an unknown field of a server',
    'images: ../boot-images',
    'image: ../boot-images',
    '15:81: servers.nbs-a.image: unknown field "image"; did you mean images?',
  ],
  [
    'what other tools call it',
    'office, address: 10.20.1.5',
    'office, ip: 10.20.1.5',
    '15:35: servers.nbs-a.ip: unknown field "ip"; did you mean address?',
  ],
  [
    'a field that is missing',
    ', address: 10.20.1.5',
    '',
    '15:3: servers.nbs-a.address: missing; expected an IPv4 address such as 10.20.1.5',
  ],
  [
    'a kind that does not exist',
    'nbs-a: { kind: nbs',
    'nbs-a: { kind: nsb',
    '15:18: servers.nbs-a.kind: "nsb" is not allowed here; use one of dhcp, nbs, foreign, program, vm; did you mean nbs?',
  ],
  [
    'no kind',
    'nbs-a: { kind: nbs, on',
    'nbs-a: { on',
    '15:3: servers.nbs-a.kind: missing; use one of dhcp, nbs, foreign, program, vm',
  ],
  [
    'a subnet without hosts',
    'cidr: 10.20.9.0/24',
    'cidr: 10.20.9.5/32',
    '5:20: subnets.servers.cidr: a /32 network has no room for hosts',
  ],
  [
    'a network with host bits',
    'cidr: 10.20.9.0/24',
    'cidr: 10.20.9.7/24',
    '5:20: subnets.servers.cidr: 10.20.9.7 has host bits set; did you mean 10.20.9.0/24?',
  ],
  [
    'a network without prefix',
    'cidr: 10.20.9.0/24',
    'cidr: 10.20.9.0',
    '5:20: subnets.servers.cidr: "10.20.9.0" lacks a prefix length; did you mean 10.20.9.0/24?',
  ],
  [
    'a prefix of 33',
    'cidr: 10.20.9.0/24',
    'cidr: 10.20.9.0/33',
    '5:20: subnets.servers.cidr: "/33" is not a prefix length; it must be between 1 and 31',
  ],
  [
    'no network at all',
    'cidr: 10.20.9.0/24',
    'cidr: 10.20.900.0/24',
    '5:20: subnets.servers.cidr: "10.20.900.0/24" is not a network; write it as 10.20.1.0/24',
  ],
  [
    'overlapping subnets',
    'cidr: 10.20.9.0/24',
    'cidr: 10.20.0.0/16',
    '5:20: subnets.servers.cidr: 10.20.0.0/16 overlaps office (10.20.1.0/24)',
  ],
  [
    'no subnets',
    /subnets:\n.*\n.*\n/,
    'subnets: {}\n',
    '3:10: subnets: a scenario needs at least one subnet',
  ],
  [
    'a server on an unknown subnet',
    'kind: nbs, on: office',
    'kind: nbs, on: ofice',
    '15:27: servers.nbs-a.on: there is no subnet "ofice"; did you mean office?',
  ],
  [
    'an address outside its subnet',
    'address: 10.20.1.5',
    'address: 10.20.2.5',
    '15:44: servers.nbs-a.address: 10.20.2.5 is not in subnet office (10.20.1.0/24); did you mean 10.20.1.5?',
  ],
  [
    'the address of the network',
    'address: 10.20.1.5',
    'address: 10.20.1.0',
    '15:44: servers.nbs-a.address: 10.20.1.0 is the address of subnet office itself',
  ],
  [
    'the broadcast address',
    'address: 10.20.1.5',
    'address: 10.20.1.255',
    '15:44: servers.nbs-a.address: 10.20.1.255 is the broadcast address of subnet office',
  ],
  [
    'an address given twice',
    'address: 10.20.1.5',
    'address: 10.20.1.2',
    '15:44: servers.nbs-a.address: 10.20.1.2 is already the address of dhcp',
  ],
  [
    'an address that is none',
    'address: 10.20.1.5',
    'address: 10.20.1.256',
    '15:44: servers.nbs-a.address: expected an IPv4 address such as 10.20.1.5, got the text "10.20.1.256"',
  ],
  [
    'a pool outside the subnet',
    '10.20.1.100-10.20.1.199',
    '10.20.2.100-10.20.2.199',
    '14:61: servers.dhcp.pool: the pool 10.20.2.100-10.20.2.199 extends outside subnet office (10.20.1.0/24); did you mean 10.20.1.100-10.20.1.199?',
  ],
  [
    'a pool across two subnets',
    '10.20.1.100-10.20.1.199',
    '10.20.1.100-10.20.2.10',
    '14:61: servers.dhcp.pool: the pool 10.20.1.100-10.20.2.10 extends outside subnet office (10.20.1.0/24)',
  ],
  [
    'a reversed pool',
    '10.20.1.100-10.20.1.199',
    '10.20.1.199-10.20.1.100',
    '14:61: servers.dhcp.pool: the pool is reversed: its first address is above its last; did you mean 10.20.1.100-10.20.1.199?',
  ],
  [
    'a pool that is none',
    '10.20.1.100-10.20.1.199',
    '10.20.1.100/25',
    '14:61: servers.dhcp.pool: "10.20.1.100/25" is not an address range; write it as 10.20.1.100-10.20.1.199',
  ],
  [
    'a pool with a server in it',
    '10.20.1.100-10.20.1.199',
    '10.20.1.3-10.20.1.199',
    '14:61: servers.dhcp.pool: the pool contains 10.20.1.5, the address of nbs-a',
  ],
  [
    'a pool with its broadcast address',
    '10.20.1.100-10.20.1.199',
    '10.20.1.100-10.20.1.255',
    '14:61: servers.dhcp.pool: the pool contains the network or broadcast address of subnet office',
  ],
  [
    'pools that overlap',
    'pool: 10.20.1.100-10.20.1.199',
    'pool: [10.20.1.100-10.20.1.150, 10.20.1.150-10.20.1.199]',
    '14:87: servers.dhcp.pool[1]: the pool overlaps 10.20.1.100-10.20.1.150',
  ],
  [
    'a relay to a server that is missing',
    '[dhcp, nbs-b]',
    '[dhcp, nbs-c]',
    '7:59: routers.r1.relay.office[1]: there is no server "nbs-c"; did you mean nbs-a?',
  ],
  [
    'a relay on a subnet not joined',
    'joins: [office, servers]',
    'joins: [servers]',
    '7:36: routers.r1.relay.office: r1 does not join office, so it receives no broadcasts there',
  ],
  [
    'a router on an unknown subnet',
    'joins: [office, servers]',
    'joins: [office, server]',
    '7:25: routers.r1.joins[1]: there is no subnet "server"; did you mean servers?',
  ],
  [
    'a router that joins twice',
    'joins: [office, servers]',
    'joins: [office, servers, office]',
    '7:34: routers.r1.joins[2]: r1 joins office twice',
  ],
  [
    'an unknown Notification Server',
    'address: 10.20.1.5, notificationServer: ns-1',
    'address: 10.20.1.5, notificationServer: ns1',
    '15:75: servers.nbs-a.notificationServer: there is no Notification Server "ns1"; did you mean ns-1?',
  ],
  [
    'an NBS that has nobody to ask',
    'address: 10.20.1.5, notificationServer: ns-1',
    'address: 10.20.1.5',
    '15:3: servers.nbs-a: an NBS needs a notificationServer to ask, or a stalePolicy',
  ],
  [
    'an unknown image directory',
    'images: ../boot-images',
    'images: ../boot-imags',
    '15:89: servers.nbs-a.images: there is no directory "../boot-imags" (seen from the scenario file)',
  ],
  [
    'a step of a machine that is not there',
    'limit: 60s',
    'limit: 60s\nsteps: [{ client: px-7, choice: E-19, text: Look }]',
    '3:19: steps[0].client: there is no client "px-7"; did you mean pc-7?',
  ],
  [
    'a step with two moments',
    'limit: 60s',
    'limit: 60s\nsteps: [{ client: pc-1, at: 1s, choice: E-19, text: Look }]',
    '3:33: steps[0].choice: a step is shown at one moment only; at is already given',
  ],
  [
    'a choice of nobody',
    'limit: 60s',
    'limit: 60s\nsteps: [{ choice: E-19, text: Look }]',
    '3:11: steps[0].choice: choice needs a machine: name it with client',
  ],
  [
    'a step after the end',
    'limit: 60s',
    'limit: 60s\nsteps: [{ at: 61s, text: Look }]',
    '3:15: steps[0].at: the run ends at 60.00 s',
  ],
  [
    'a duration without unit',
    'limit: 60s',
    'limit: 60',
    '2:8: limit: a duration needs a unit: us, ms or s; did you mean 60s?',
  ],
  [
    'a range of which one end has a unit',
    '0ms..2ms',
    '0..2ms',
    '16:97: servers.nbs-b.responseDelay: a duration needs a unit: us, ms or s; did you mean 0ms..2ms?',
  ],
  [
    'another unit of time',
    'limit: 60s',
    'limit: 2min',
    '2:8: limit: "min" is not a unit of time; use us, ms or s; did you mean 120s?',
  ],
  [
    'a negative duration',
    'delay: 200us',
    'delay: -200us',
    '4:48: subnets.office.link.delay: a duration cannot be negative; did you mean 200us?',
  ],
  [
    'a reversed range',
    '0s..5s',
    '5s..0s',
    '18:98: clients.pc.powerOn: the range is reversed; did you mean 0s..5s?',
  ],
  [
    'a duration that is none',
    'at: 3s',
    'at: soon',
    '20:11: faults[0].at: "soon" is not a duration; write a number and us, ms or s, such as 5ms',
  ],
  [
    'too long a duration',
    'limit: 60s',
    'limit: 100000s',
    '2:8: limit: longer than 24 hours, the limit of a scenario',
  ],
  [
    'a probability above one',
    'loss: 0 ',
    'loss: 5 ',
    '4:76: subnets.office.link.loss: a probability must be between 0 and 1; did you mean 5%?',
  ],
  [
    'a probability that is none',
    'loss: 0 ',
    'loss: some ',
    '4:76: subnets.office.link.loss: expected a probability such as 0.05 or 5%, got "some"',
  ],
  [
    'an unknown boot target',
    'boot: automation',
    'boot: automatic',
    '12:52: notificationServers.ns-1.computers[0].boot: "automatic" is not allowed here; use one of pxe, automation, production; did you mean automation?',
  ],
  [
    'text for true',
    'jobRunning: true',
    'jobRunning: yes',
    '12:90: notificationServers.ns-1.computers[0].jobRunning: expected true or false, got the text "yes"; did you mean true?',
  ],
  [
    'a boolean for on',
    'responseDelay: 0ms',
    'services: { tftp: false }, responseDelay: 0ms',
    '16:100: servers.nbs-b.services.tftp: expected a word, got false; use one of on, off, closed, silent; did you mean off?',
  ],
  [
    'a MAC pattern that is none',
    "mac: '00:50:56:*', class",
    "mac: '00:50:5:*', class",
    '12:16: notificationServers.ns-1.computers[0].mac: "00:50:5:*" is not a MAC pattern; write six octets, with * for any, such as \'00:50:56:00:00:*\'',
  ],
  [
    'a MAC in another notation',
    "mac: '00:50:56:00:00:01'",
    "mac: '0050.5600.0001'",
    '18:68: clients.pc.mac: "0050.5600.0001" is not a MAC address; write six octets, such as 00:50:56:00:00:01; did you mean 00:50:56:00:00:01?',
  ],
  [
    'a group address as MAC',
    "mac: '00:50:56:00:00:01'",
    "mac: '01:50:56:00:00:01'",
    '18:68: clients.pc.mac: 01:50:56:00:00:01 is a group address, not the address of a network card',
  ],
  [
    'more machines than MACs',
    "mac: '00:50:56:00:00:01'",
    "mac: '00:50:56:ff:ff:f0'",
    '18:68: clients.pc.mac: 20 machines do not fit: only 16 MACs are left from 00:50:56:ff:ff:f0 on',
  ],
  [
    'MACs of two groups overlap',
    'faults:\n',
    "  pd: { count: 2, on: office, firmware: edk2, mac: '00:50:56:00:00:14' }\nfaults:\n",
    '19:52: clients.pd.mac: 00:50:56:00:00:14 (pd-1) is already the MAC of pc-20',
  ],
  [
    'count of nothing',
    'count: 20',
    'count: 0',
    '18:16: clients.pc.count: must be at least 1; did you mean 1?',
  ],
  [
    'half a machine',
    'count: 20',
    'count: 1.5',
    '18:16: clients.pc.count: expected a whole number, got 1.5; did you mean 2?',
  ],
  [
    'clients on an unknown subnet',
    'count: 20, on: office',
    'count: 20, on: lab',
    '18:24: clients.pc.on: there is no subnet "lab"; known here: office, servers',
  ],
  [
    'unknown firmware',
    'firmware: edk2',
    'firmware: edk',
    '18:42: clients.pc.firmware: there is no firmware "edk"; there are edk2, ipxe, u-boot, bios-rom, raspberry-pi, apple; did you mean edk2?',
  ],
  [
    'what people call a firmware',
    'firmware: edk2, profile: 2022',
    'firmware: UEFI',
    '18:42: clients.pc.firmware: there is no firmware "UEFI"; there are edk2, ipxe, u-boot, bios-rom, raspberry-pi, apple; did you mean edk2?',
  ],
  [
    'unknown profile',
    'profile: 2022',
    'profile: pre-2018',
    '18:57: clients.pc.profile: there is no profile of edk2 "pre-2018"; did you mean pre-2019?',
  ],
  [
    'unknown architecture',
    'powerOn: 0s',
    'arch: x64-efi, powerOn: 0s',
    '18:95: clients.pc.arch: "x64-efi" is not allowed here; did you mean x64-uefi?',
  ],
  [
    'architecture the firmware has not',
    'powerOn: 0s',
    'arch: x86-bios, powerOn: 0s',
    '18:95: clients.pc.arch: edk2 does not exist for architecture x86-bios',
  ],
  [
    'a UUID for a group',
    'powerOn: 0s',
    'uuid: 4c4c4544-0051-3010-8052-b4c04f4e3132, powerOn: 0s',
    '18:95: clients.pc.uuid: a UUID belongs to one machine, not to a group',
  ],
  [
    'mac and macs',
    'count: 20',
    "macs: ['00:50:56:00:00:01']",
    '18:81: clients.pc.mac: give mac and count, or macs, not both',
  ],
  [
    'a guest that is no firmware',
    'powerOn: 0s',
    'guest: true, powerOn: 0s',
    "18:96: clients.pc.guest: expected text, got true; did you mean 'true'?",
  ],
  [
    'an unknown DHCP option by name',
    'pool: 10',
    'options: { classIdentifer: PXEClient }, pool: 10',
    '14:66: servers.dhcp.options.classIdentifer: there is no DHCP option "classIdentifer"; did you mean classIdentifier?',
  ],
  [
    'a DHCP option code out of range',
    'pool: 10',
    'options: { 256: x }, pool: 10',
    '14:66: servers.dhcp.options.256: 256 is not an option code; they lie between 1 and 254',
  ],
  [
    'an option given twice',
    'pool: 10',
    'options: { 60: x, classIdentifier: x }, pool: 10',
    '14:73: servers.dhcp.options.classIdentifier: option 60 is given twice, also as "60"',
  ],
  [
    'an option of the wrong kind',
    'pool: 10',
    'options: { router: nowhere }, pool: 10',
    '14:74: servers.dhcp.options.router: router takes an IPv4 address, not the text "nowhere"',
  ],
  [
    'an unknown field of option 43',
    'pool: 10',
    'options: { 43: { discoveryContol: 8 } }, pool: 10',
    '14:72: servers.dhcp.options.43.discoveryContol: unknown field "discoveryContol"; did you mean discoveryControl?',
  ],
  [
    'hexadecimal digits that are none',
    'pool: 10',
    "options: { 43: { hex: '06 01 8' } }, pool: 10",
    '14:77: servers.dhcp.options.43.hex: "06 01 8" is not pairs of hexadecimal digits, such as \'06 01 08 ff\'',
  ],
  [
    'a fault on an unknown server',
    'stop: nbs-a.tftp',
    'stop: nbs-c.tftp',
    '20:21: faults[0].stop: there is no server "nbs-c"; did you mean nbs-a?',
  ],
  [
    'a fault on an unknown service',
    'stop: nbs-a.tftp',
    'stop: nbs-a.tfpt',
    '20:21: faults[0].stop: nbs-a has no service "tfpt"; it has pxe, boot4011, bsdp, tftp, http; did you mean nbs-a.tftp?',
  ],
  [
    'a fault on clients',
    'stop: nbs-a.tftp',
    'stop: pc',
    '20:21: faults[0].stop: pc is a group of clients, and only servers can be stopped; cut it instead',
  ],
  [
    'a fault after the end',
    'at: 3s',
    'at: 61s',
    '20:11: faults[0].at: the run ends at 60.00 s, before this happens',
  ],
  [
    'a fault that does nothing',
    ', stop: nbs-a.tftp',
    '',
    '20:5: faults[0]: a fault needs one of stop, start, cut, heal, set',
  ],
  [
    'a fault that does two things',
    'stop: nbs-a.tftp',
    'stop: nbs-a.tftp, cut: office',
    '20:33: faults[0].cut: a fault does one thing only; stop is already given',
  ],
  [
    'a cut of something unknown',
    'stop: nbs-a.tftp',
    'cut: ofice',
    '20:20: faults[0].cut: there is no subnet, server, router, group of clients "ofice"; did you mean office?',
  ],
  [
    'a set of nothing',
    'stop: nbs-a.tftp',
    'set: { target: office }',
    '20:20: faults[0].set: no change is given',
  ],
  [
    'a subnet cannot be unreachable',
    'stop: nbs-a.tftp',
    'set: { target: office, unreachable: true }',
    '20:38: faults[0].set.unreachable: only a Notification Server can be unreachable; cut a host instead',
  ],
  [
    'a Notification Server has no loss',
    'stop: nbs-a.tftp',
    'set: { target: ns-1, loss: 5% }',
    '20:36: faults[0].set.loss: ns-1 is a Notification Server; it takes unreachable and delay',
  ],
  [
    'an unknown finding',
    '[multiple-pxe-responders]',
    '[multiple-pxe-responder]',
    '22:14: expect.findings[0]: there is no finding "multiple-pxe-responder"; did you mean multiple-pxe-responders?',
  ],
  [
    'expected and not expected',
    'noFindings: [multiple-dhcp-servers]',
    'noFindings: [multiple-dhcp-servers, multiple-pxe-responders]',
    '23:39: expect.noFindings[1]: multiple-pxe-responders is also expected under findings',
  ],
  [
    'outcomes of an unknown group',
    '    pc: { booted',
    '    pd: { booted',
    '25:5: expect.outcomes.pd: there is no group of clients "pd"; did you mean pc?',
  ],
  [
    'more booted than there are',
    'booted: 1..19',
    'booted: 21',
    '25:19: expect.outcomes.pc.booted: cannot be 21: there are 20 machines',
  ],
  [
    'outcomes that add up to too many',
    'booted: 1..19',
    'booted: 15, failed: 6',
    '25:5: expect.outcomes.pc: the outcomes add up to at least 21, but there are 20 machines',
  ],
  [
    'outcomes that add up to too few',
    'booted: 1..19',
    'booted: 1..9, failed: 0, localDisk: 1..9, pending: 0',
    '25:5: expect.outcomes.pc: the outcomes add up to at most 18, but there are 20 machines',
  ],
  [
    'a reversed count',
    'booted: 1..19',
    'booted: 19..1',
    '25:19: expect.outcomes.pc.booted: the range is reversed; did you mean 1..19?',
  ],
  [
    'a count that is none',
    'booted: 1..19',
    'booted: most',
    '25:19: expect.outcomes.pc.booted: "most" is not a number of machines; write 3 or 1..19',
  ],
  [
    'outcomes from an unknown server',
    'from: [nbs-a, nbs-b]',
    'from: [nbs-a, nbs-d]',
    '25:40: expect.outcomes.pc.from[1]: there is no server "nbs-d"; did you mean nbs-a?',
  ],
  [
    'one name for two things',
    'clients:\n  pc:',
    'clients:\n  nbs-a:',
    '18:3: clients.nbs-a: "nbs-a" is already the name of a server',
    '20:21: faults[0].stop: nbs-a is a group of clients, and only servers can be stopped; cut it instead',
    '25:5: expect.outcomes.pc: there is no group of clients "pc"; known here: nbs-a',
  ],
  [
    'a name with a dot',
    '  nbs-b: { kind',
    '  nbs.b: { kind',
    '7:59: routers.r1.relay.office[1]: there is no server "nbs-b"; did you mean nbs-a?',
    '16:3: servers.nbs.b: "nbs.b" cannot be a name; use letters, digits, - and _, starting with a letter, at most 64 characters',
    '25:40: expect.outcomes.pc.from[1]: there is no server "nbs-b"; did you mean nbs-a?',
  ],
  [
    'a machine with the name of a server',
    '  nbs-b: { kind',
    '  pc-7: { kind',
    '7:59: routers.r1.relay.office[1]: there is no server "nbs-b"; did you mean nbs-a?',
    '18:3: clients.pc: the name of its machine pc-7 is already taken',
    '25:40: expect.outcomes.pc.from[1]: there is no server "nbs-b"; did you mean nbs-a?',
  ],
]

const load = (text: string) =>
  loadScenario(text, { file: 'f', exists: directory => directory === '../boot-images' })

t.test('the text that the cases start from is right', async t => t.equal(load(BASE).ok, true))

t.test('each mistake is found where it is', async t => {
  for (const [name, from, to, ...expected] of CASES) {
    const text = BASE.replace(from, () => to)
    t.not(text, BASE, `${name}: the case changes something`)
    const loaded = load(text)
    const errors = loaded.ok ? [] : loaded.errors.map(error => formatScenarioError(error).replace(/^f:/, ''))
    t.strictSame(errors, expected, name)
  }
})

t.test('errors are values, for editors and for --json', async t => {
  const loaded = load(BASE.replace('on: office', 'on: ofice'))
  t.strictSame(loaded.ok ? [] : loaded.errors[0], {
    file: 'f',
    line: 14,
    column: 27,
    field: 'servers.dhcp.on',
    message: 'there is no subnet "ofice"',
    nearest: 'office',
  })
})

t.test('several mistakes are found at once, in order of the file', async t => {
  const text = BASE.replace('limit: 60s', 'limit: 60')
    .replace('kind: nbs, on: office', 'kind: nbs, on: ofice')
    .replace('firmware: edk2', 'firmware: edk3')
    .replace('at: 3s', 'att: 3s')
    .replace('faults:\n', 'faults:\n  - { at: 1s, stop: nbs-z }\n')
    .replace('[multiple-dhcp-servers]', '[multiple-dhcp-server]')
  const loaded = load(text)
  t.strictSame(loaded.ok ? [] : loaded.errors.map(({ line, field }) => `${line} ${field}`), [
    '2 limit',
    '15 servers.nbs-a.on',
    '18 clients.pc.firmware',
    '20 faults[0].stop',
    '21 faults[1].att',
    '24 expect.noFindings[0]',
  ])
})

t.test('a file full of mistakes is cut off', async t => {
  const many = Array.from({ length: 300 }, (_, index) => `  s${index}: { cidr: x }`).join('\n')
  const loaded = load(`title: x\nsubnets:\n${many}\n`)
  t.equal(loaded.ok ? 0 : loaded.errors.length, 100)
})
