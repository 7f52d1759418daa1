/**
 * TFTP servers that do nothing else: they have no configuration but their command line.
 */
import type { Preset } from './preset.ts'

export const ATFTPD: Preset = {
  name: 'atftpd',
  title: 'TFTP server',
  package: 'atftpd',
  can: ['files'],
  command: [
    'atftpd',
    '--daemon',
    '--no-fork',
    '--verbose=7',
    '--logfile=-',
    '--user=root',
    '--group=root',
    '--bind-address={address}',
    '{images}',
  ],
}

/** It logs to syslog, which is not there: it is known by its socket. */
export const TFTPD_HPA: Preset = {
  name: 'tftpd-hpa',
  title: 'TFTP server of H. P. Anvin',
  package: 'tftpd-hpa',
  can: ['files'],
  command: [
    'in.tftpd',
    '--foreground',
    '--ipv4',
    '--user=root',
    '--verbose',
    '--address={address}:69',
    '--secure',
    '{images}',
  ],
}
