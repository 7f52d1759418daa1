/** What a machine's own screen says in a run: who booted it, and what was decided; whatever the style of the answer. */
import t from 'tap'
import { PXE_STYLES } from '../../src/protocol/pxe/offer.ts'
import { imageHash, imageSize, machine, runText } from './running.ts'

const site = (nbs: string, machines: string) => `
title: Stamps
subnets:
  office: { cidr: 10.20.1.0/24 }
  servers: { cidr: 10.20.9.0/24 }
routers:
  r1: { joins: [office, servers], relay: { office: [dhcp, nbs-a] } }
notificationServers:
  ns-1: { computers: [ { mac: '*', class: managed, boot: automation, image: WinPE, jobRunning: true } ] }
servers:
  dhcp: { kind: dhcp, on: servers, address: 10.20.9.2, pool: 10.20.1.100-10.20.1.199 }
  nbs-a: { kind: nbs, notificationServer: ns-1, images: ../boot-images, ${nbs} }
clients:
  ${machines}
`
const HERE = 'on: office, address: 10.20.1.5'
const JOB = 'Booted by nbs-a (10.20.1.5): automation, image WinPE, job running'

t.test('in every style the same file is asked for, and its screen says who sent it', async t => {
  const machines = [
    ['uefi', 'edk2', 'x64-uefi', 'BStrap/x64/BStrap.efi'],
    ['ipxe', 'ipxe', 'x86-bios', 'BStrap/x86/BStrap.0'],
    ['rom', 'bios-rom', 'x86-bios', 'BStrap/x86/BStrap.0'],
  ] as const
  const clients = machines.map(
    ([name, firmware, arch]) => `${name}: { on: office, firmware: ${firmware}, arch: ${arch} }`,
  )
  for (const style of PXE_STYLES) {
    const run = runText(site(`${HERE}, style: ${style}`, clients.join('\n  ')))
    for (const [name, , , file] of machines) {
      const { screen, ...got } = machine(run, `${name}-1`)
      const expected = { outcome: 'booted', pxeServer: 'nbs-a', file, bytes: imageSize(file) }
      t.match(got, { ...expected, sha256: imageHash(file) }, `${style}: ${name}`)
      t.equal(screen.at(-1), JOB)
    }
  }
})

t.test('behind a relay; a file without the field says nothing', async t => {
  const uefi = 'uefi: { on: office, firmware: edk2, arch: x64-uefi }'
  const far = machine(runText(site('on: servers, address: 10.20.9.5', uefi)), 'uefi-1')
  t.equal(far.screen.at(-1), JOB.replace('10.20.1.5', '10.20.9.5'))
  const plain = site(HERE, uefi).replace('../boot-images', '{ BStrap/x64/BStrap.efi: 5000 }')
  const { outcome, screen } = machine(runText(plain), 'uefi-1')
  t.equal(outcome, 'booted')
  t.notMatch(screen.join('\n'), 'Booted by')
})
