/**
 * Agent traffic in words, for the explanation of a boot and the viewer. Does not judge.
 */
import { type Ip4, parseIp4 } from '../../core/address.ts'
import { printable } from '../../core/bytes.ts'
import type { AgentMessage, AgentVerb } from './message.ts'

type Field = (name: string) => string
type Say = (field: Field, names: (text: string) => string) => string

const SAY: Readonly<Record<AgentVerb, Say>> = {
  'get-task-servers': () => 'which task servers are there? (GetClientTaskServers.aspx)',
  'task-servers': (field, names) => `task servers: ${names(field('list')) || 'none'}`,
  ping: () => 'are you there?',
  pong: () => 'here',
  register: field => `registers with its task server, in ${field('system')}`,
  registered: () => 'registered',
  registration: field => `has registered with me, in ${field('system')}`,
  noted: () => 'noted',
  'get-menu': () => 'nobody knows me: what is in the Initial Deployment menu?',
  menu: field => `Initial Deployment menu, default ${field('job') || 'none'}`,
  'get-task': () => 'is there a task?',
  task: field =>
    `task "${field('title')}"${field('image') ? ` ${field('image')}` : ''} of job ${field('job')}`,
  'no-task': () => 'no task',
  status: field => `task "${field('title')}" of job ${field('job')} is ${field('state')}`,
  tickle: () => 'tickle: there is a task',
  'get-package-servers': field => `which package servers have ${field('package')}?`,
  'package-servers': (field, names) => `package servers: ${names(field('list')) || 'none'}`,
  'get-package': field => `part ${field('part')} of ${field('package')}, please`,
  'put-package': field => `here is part ${field('part')} of ${field('package')}`,
  part: field => `part ${field('part')} of ${field('parts')} of ${field('package')}`,
  wait: field => `${field('package')}: wait ${(Number(field('micros')) / 1e6).toFixed(1)} s`,
  'not-here': field => `${field('package')} is not here`,
  refused: field => `refused${field('rule') ? ` (rule ${field('rule')})` : ''}`,
}

export const describeAgent = (message: AgentMessage, nameOf: (ip: Ip4) => string): string => {
  const field: Field = name => printable(message.fields[name] ?? '')
  const names = (text: string): string =>
    text
      .split(',')
      .map(entry => {
        const ip = parseIp4(entry.split(':')[0]!)
        return ip === undefined ? entry : nameOf(ip)
      })
      .join(', ')
  return SAY[message.verb](field, names)
}
