import t from 'tap'
import { vendorsIn, withVendor } from '../../src/core/vendor.ts'
import { vendors } from '../../src/outlet/vendors.ts'

t.test('a name stands behind a MAC that somebody registered', async t => {
  const vendorOf = vendorsIn({
    '005056': 'VMware, Inc.\nPalo Alto',
    '00005E': 'ICANN',
    '525400': 'Nobody',
    AABBCC: 'A vendor with a very long name of its own',
  })
  t.equal(withVendor('00:50:56:00:00:01', vendorOf), '00:50:56:00:00:01 (VMware, Inc.)')
  t.equal(withVendor('00:00:5e:00:01:01', vendorOf), '00:00:5e:00:01:01 (ICANN)')
  t.equal(withVendor('00:00:5e:00:53:01', vendorOf), '00:00:5e:00:53:01', 'of documents')
  t.equal(withVendor('52:54:00:00:00:01', vendorOf), '52:54:00:00:00:01', 'administered locally')
  t.equal(withVendor('01:00:5e:00:00:01', vendorOf), '01:00:5e:00:00:01', 'a group')
  t.equal(withVendor('no MAC', vendorOf), 'no MAC')
})

t.test('the registry is there', async t => {
  const vendorOf = vendors()
  t.match(vendorOf('00:50:56:00:00:01'), /^VMware/)
  t.match(vendorOf('b8:27:eb:00:00:01'), /^Raspberry Pi/)
  t.equal(vendorOf('02:00:00:00:00:01'), undefined)
})
