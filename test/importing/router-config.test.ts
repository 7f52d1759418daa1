/** Helper lists from router configurations of three makes; everything else is counted. */
import t from 'tap'
import { describeInterface, readRouterConfig } from '../../src/importing/router-config.ts'

const told = (text: string) => {
  const { interfaces, ignored } = readRouterConfig(text)
  return { interfaces: interfaces.map(describeInterface), ignored }
}

t.test('Cisco IOS and Arista', async t => {
  const config = `hostname core-1
!
interface Vlan10
 description office
 ip address 10.20.1.1 255.255.255.0
 ip helper-address 10.20.9.2
 ip helper-address global 10.20.9.5
interface Ethernet 1
   ip address 10.20.9.1/24
router ospf 1
 network 10.0.0.0 0.255.255.255 area 0
`
  t.same(told(config), {
    interfaces: ['Vlan10 (10.20.1.0/24) -> 10.20.9.2, 10.20.9.5', 'Ethernet1 (10.20.9.0/24)'],
    ignored: 4,
  })
})

t.test('NX-OS', async t => {
  const config = 'interface Vlan7\n  ip address 10.7.0.1/24\n  ip dhcp relay address 10.9.0.2\n'
  t.same(told(config), { interfaces: ['Vlan7 (10.7.0.0/24) -> 10.9.0.2'], ignored: 0 })
})

t.test('Junos, as set lines and in braces', async t => {
  const lines = `set system host-name r1
set interfaces irb unit 10 family inet address 10.20.1.1/24
set forwarding-options dhcp-relay server-group NBS 10.20.9.2
set forwarding-options dhcp-relay server-group NBS 10.20.9.5
set forwarding-options dhcp-relay active-server-group NBS
set forwarding-options dhcp-relay group office interface irb.10
`
  const expected = { interfaces: ['irb.10 (10.20.1.0/24) -> 10.20.9.2, 10.20.9.5'], ignored: 1 }
  t.same(told(lines), expected)
  const braces = `system { host-name r1; }
interfaces {
    irb {
        unit 10 {
            family inet {
                address 10.20.1.1/24;
            }
        }
    }
}
forwarding-options {
    helpers {
        bootp {
            interface irb.10 {
                server 10.20.9.5;
            }
        }
    }
}
`
  t.same(told(braces).interfaces, ['irb.10 (10.20.1.0/24) -> 10.20.9.5'])
})

t.test('no line harms', async t => {
  t.same(
    told(
      'interface\nip address\n ip helper-address x\nset\n}\n{\n set interfaces a unit 1 family inet address q/99',
    ),
    {
      interfaces: [],
      ignored: 5,
    },
  )
})
