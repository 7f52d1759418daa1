/**
 * A Notification Server for labs: decides by its policy over HTTP, and has a JSON API by which scripts add computers
 * and give them jobs (docs/notification-server.md). Keeps what was added in memory only; does not know who calls.
 */
import type { Hono } from 'hono'
import { ANY_IP4, type Mac, formatMac, parseIp4, parseMac } from '../core/address.ts'
import { type Decision, type Question, renderDecision } from '../nbs/decision.ts'
import { formatPath } from '../document/located.ts'
import { type ComputerRule, type Policy, decide } from '../deployment/notification-server.ts'
import { ARCHITECTURES, architectureNumber, isArchitectureName } from '../wire/pxe/client.ts'
import { policyOf } from './config.ts'
import { type NotificationForm, notificationFormat } from './format.ts'
import { hasToken } from './http-face.ts'
import { bodyOf, httpApplication, httpError } from './http.ts'

/** Computers and jobs that scripts may add. */
const MAX_ADDED_COMPUTERS = 100_000
/** Jobs that scripts may add. */
const MAX_JOBS = 100_000

const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']

export interface Decided {
  readonly mac: Mac
  readonly decision: Decision | 'refused'
}

export const notificationApi = (config: NotificationForm, onDecision: (decided: Decided) => void): Hono => {
  const written = policyOf(config)
  const added = new Map<Mac, ComputerRule>()
  const jobs = new Map<Mac, ComputerRule>()

  const policyFor = (mac: Mac): Policy => {
    const own = jobs.get(mac) ?? added.get(mac)
    return own ? { computers: [own], unknown: written.unknown } : written
  }
  const app = httpApplication()
  const { token } = config
  if (token !== undefined)
    app.use(async ({ req }, next) => {
      if (!READS.includes(req.method) && !hasToken(req.header('Authorization'), token))
        throw httpError(401, 'changes need the token of this server: Authorization: Bearer TOKEN')
      await next()
    })

  app.get('/nbs/decision', context => {
    const question = questionFrom(context.req.query())
    const decision = decide(policyFor(question.mac), question)
    onDecision({ mac: question.mac, decision })
    if (decision === 'refused') throw httpError(403, 'this machine is not to be served')
    return context.body(`${renderDecision(decision)}\n`, 200, { 'Content-Type': 'application/xml' })
  })
  app.get('/healthz', context => context.json({ ok: true, name: config.name, jobs: jobs.size }))

  app.get('/computers', context => context.json({ computers: listed(added) }))
  app.get('/computers/:mac', context => {
    const mac = macFrom(context.req.param('mac'))
    return context.json(shown(mac, found(added, mac, 'was not added here')))
  })
  app.put('/computers/:mac', async context => {
    const mac = macFrom(context.req.param('mac'))
    const isNew = !added.has(mac)
    if (isNew && added.size >= MAX_ADDED_COMPUTERS) throw httpError(507, 'too many computers')
    const rule = ruleFrom(config, mac, await bodyOf(context))
    added.set(mac, rule)
    return context.json(shown(mac, rule), isNew ? 201 : 200)
  })
  app.delete('/computers/:mac', context => {
    const mac = macFrom(context.req.param('mac'))
    const rule = found(added, mac, 'was not added here')
    added.delete(mac)
    return context.json(shown(mac, rule))
  })

  app.get('/jobs', context => context.json({ jobs: listed(jobs) }))
  app.post('/jobs', async context => {
    const { mac: of, ...job } = await bodyOf(context)
    const mac = typeof of === 'string' ? parseMac(of) : undefined
    if (mac === undefined) throw httpError(400, 'mac: a job needs the MAC of its machine')
    if (!jobs.has(mac) && jobs.size >= MAX_JOBS) throw httpError(507, 'too many jobs')
    const known = decide(policyFor(mac), questionOf(mac))
    // Somebody gave it a job, so it is known: an unknown machine becomes a managed one.
    const computerClass = typeof known === 'string' || known.client === 'unknown' ? 'managed' : known.client
    const defaults = { class: computerClass, boot: 'automation', jobRunning: true }
    const rule = ruleFrom(config, mac, { ...defaults, ...job })
    jobs.set(mac, rule)
    return context.json(shown(mac, rule), 201)
  })
  app.delete('/jobs/:mac', context => {
    const mac = macFrom(context.req.param('mac'))
    const rule = found(jobs, mac, 'has no job')
    jobs.delete(mac)
    return context.json(shown(mac, rule))
  })

  for (const path of ['/nbs/decision', '/computers/:mac?', '/jobs/:mac?'])
    app.all(path, ({ req }) => {
      throw httpError(405, `${req.method} is not possible here`)
    })
  return app
}

const macFrom = (text: string): Mac => {
  const mac = parseMac(text)
  if (mac === undefined) throw httpError(400, `"${text.slice(0, 40)}" is not a MAC address`)
  return mac
}

const found = (rules: ReadonlyMap<Mac, ComputerRule>, mac: Mac, otherwise: string): ComputerRule => {
  const rule = rules.get(mac)
  if (!rule) throw httpError(404, `${formatMac(mac)} ${otherwise}`)
  return rule
}

const listed = (rules: ReadonlyMap<Mac, ComputerRule>) => [...rules].map(([mac, rule]) => shown(mac, rule))

/** A body means what an entry under `computers:` of the configuration means, and is checked by the same definition. */
const ruleFrom = (config: NotificationForm, mac: Mac, body: Record<string, unknown>): ComputerRule => {
  const form = notificationFormat.pick({ computers: true }).safeParse({
    computers: [{ ...body, mac: formatMac(mac) }],
  })
  if (!form.success)
    throw httpError(
      400,
      form.error.issues
        .map(issue => {
          const field = formatPath(issue.path.slice(2).map(String))
          return field === '' ? issue.message : `${field}: ${issue.message}`
        })
        .join('\n'),
    )
  return policyOf({ computers: form.data.computers, classes: config.classes }).computers[0]!
}

const shown = (mac: Mac, { allow, boot, image, arch, jobRunning, class: of }: ComputerRule) => ({
  mac: formatMac(mac),
  class: of,
  allow,
  boot,
  image,
  arch,
  jobRunning,
})

const questionOf = (mac: Mac): Question => ({
  mac,
  uuid: undefined,
  architecture: architectureNumber('x64-uefi'),
  giaddr: ANY_IP4,
})

const questionFrom = (query: Readonly<Record<string, string>>): Question => {
  const mac = parseMac(query['mac'] ?? '')
  if (mac === undefined) throw httpError(400, 'mac: a MAC address such as 00:50:56:00:00:01 is needed')
  const arch = query['arch'] ?? 'x86-bios'
  const architecture = isArchitectureName(arch)
    ? architectureNumber(arch)
    : /^\d{1,5}$/.test(arch)
      ? Number(arch)
      : -1
  if (architecture < 0)
    throw httpError(
      400,
      `arch: a number of IANA's, or ${ARCHITECTURES.slice(0, 3)
        .map(({ name }) => name)
        .join(', ')} …`,
    )
  const hex = (query['uuid'] ?? '').replaceAll('-', '')
  if (hex !== '' && !/^[0-9a-f]{32}$/i.test(hex)) throw httpError(400, 'uuid: 32 hexadecimal digits')
  const uuid = hex === '' ? undefined : Uint8Array.from(hex.match(/../g)!, pair => parseInt(pair, 16))
  return { mac, uuid, architecture, giaddr: parseIp4(query['giaddr'] ?? '') ?? ANY_IP4 }
}
