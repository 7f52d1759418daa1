/**
 * A Notification Server for labs: decides by its policy over HTTP, and has a JSON API by which scripts add computers
 * and give them jobs (docs/notification-server.md). Keeps what was added in memory only; does not know who calls.
 */
import { ANY_IP4, type Mac, formatMac, parseIp4, parseMac } from '../../core/address.ts'
import { type Decision, type Question, renderDecision } from '../../nbs/decision.ts'
import { formatPath } from '../../scenario/located.ts'
import { type ComputerRule, type Policy, decide } from '../../site/notification-server.ts'
import { ARCHITECTURES, architectureNumber, isArchitectureName } from '../../wire/pxe/client.ts'
import { policyOf } from './config.ts'
import { type NotificationForm, notificationFormat } from './format.ts'
import { HttpError, type HttpReply, type HttpRequest, type Route, json, text } from './http.ts'

/** Computers and jobs that scripts may add. */
export const MAX_ADDED_COMPUTERS = 100_000
export const MAX_JOBS = 100_000

export interface Decided {
  readonly mac: Mac
  readonly decision: Decision | 'refused'
}

export const notificationApi = (config: NotificationForm, onDecision: (decided: Decided) => void): Route => {
  const written = policyOf(config)
  const added = new Map<Mac, ComputerRule>()
  const jobs = new Map<Mac, ComputerRule>()

  const ruleFor = (mac: Mac): Policy => {
    const own = jobs.get(mac) ?? added.get(mac)
    return own ? { computers: [own], unknown: written.unknown } : written
  }

  const computers = ({ method, json: body }: HttpRequest, mac: Mac | undefined): HttpReply => {
    if (mac === undefined) {
      if (method === 'GET') return json({ computers: [...added].map(([key, rule]) => shown(key, rule)) })
      throw notAllowed(method)
    }
    const known = added.get(mac)
    if (method === 'PUT') {
      if (!known && added.size >= MAX_ADDED_COMPUTERS) throw new HttpError(507, 'too many computers')
      const rule = ruleFrom(config, mac, body)
      added.set(mac, rule)
      return json(shown(mac, rule), known ? 200 : 201)
    }
    if (!known) throw new HttpError(404, `${formatMac(mac)} was not added here`)
    if (method === 'GET') return json(shown(mac, known))
    if (method !== 'DELETE') throw notAllowed(method)
    added.delete(mac)
    return json(shown(mac, known))
  }

  const jobList = ({ method, json: body }: HttpRequest, mac: Mac | undefined): HttpReply => {
    if (mac === undefined && method === 'GET')
      return json({ jobs: [...jobs].map(([key, rule]) => shown(key, rule)) })
    if (mac === undefined && method === 'POST') {
      const { mac: of, ...job } = objectFrom(body)
      const machine = typeof of === 'string' ? parseMac(of) : undefined
      if (machine === undefined) throw new HttpError(400, 'mac: a job needs the MAC of its machine')
      if (!jobs.has(machine) && jobs.size >= MAX_JOBS) throw new HttpError(507, 'too many jobs')
      const known = decide(ruleFor(machine), questionOf(machine))
      // Somebody gave it a job, so it is known: an unknown machine becomes a managed one.
      const computerClass = typeof known === 'string' || known.client === 'unknown' ? 'managed' : known.client
      const rule = ruleFrom(config, machine, {
        class: computerClass,
        boot: 'automation',
        jobRunning: true,
        ...job,
      })
      jobs.set(machine, rule)
      return json(shown(machine, rule), 201)
    }
    const known = mac === undefined ? undefined : jobs.get(mac)
    if (method !== 'DELETE' || mac === undefined) throw notAllowed(method)
    if (!known) throw new HttpError(404, `${formatMac(mac)} has no job`)
    jobs.delete(mac)
    return json(shown(mac, known))
  }

  return request => {
    const { method, path, query } = request
    if (path === '/nbs/decision' && method === 'GET') {
      const question = questionFrom(query)
      const decision = decide(ruleFor(question.mac), question)
      onDecision({ mac: question.mac, decision })
      return decision === 'refused'
        ? text('this machine is not to be served', 403)
        : { status: 200, type: 'application/xml', body: `${renderDecision(decision)}\n` }
    }
    if (path === '/healthz' && method === 'GET') return json({ ok: true, name: config.name, jobs: jobs.size })
    const [, collection, item, ...more] = path.split('/')
    if (more.length > 0) return undefined
    if (collection === 'computers') return computers(request, macFrom(item))
    if (collection === 'jobs') return jobList(request, macFrom(item))
    return undefined
  }
}

const notAllowed = (method: string): HttpError => new HttpError(405, `${method} is not possible here`)

const macFrom = (item: string | undefined): Mac | undefined => {
  if (item === undefined || item === '') return undefined
  const mac = parseMac(item.replaceAll('%3A', ':').replaceAll('%3a', ':'))
  if (mac === undefined) throw new HttpError(400, `"${item.slice(0, 40)}" is not a MAC address`)
  return mac
}

const objectFrom = (body: unknown): Record<string, unknown> => {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new HttpError(400, 'send a JSON object')
  return body as Record<string, unknown>
}

/** A body means what an entry under `computers:` of the configuration means, and is checked by the same definition. */
const ruleFrom = (config: NotificationForm, mac: Mac, body: unknown): ComputerRule => {
  const form = notificationFormat.pick({ computers: true }).safeParse({
    computers: [{ ...objectFrom(body), mac: formatMac(mac) }],
  })
  if (!form.success)
    throw new HttpError(
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

const questionFrom = (query: URLSearchParams): Question => {
  const mac = parseMac(query.get('mac') ?? '')
  if (mac === undefined) throw new HttpError(400, 'mac: a MAC address such as 00:50:56:00:00:01 is needed')
  const arch = query.get('arch') ?? 'x86-bios'
  const architecture = isArchitectureName(arch)
    ? architectureNumber(arch)
    : /^\d{1,5}$/.test(arch)
      ? Number(arch)
      : -1
  if (architecture < 0)
    throw new HttpError(
      400,
      `arch: a number of IANA's, or ${ARCHITECTURES.slice(0, 3)
        .map(({ name }) => name)
        .join(', ')} …`,
    )
  const hex = (query.get('uuid') ?? '').replaceAll('-', '')
  if (hex !== '' && !/^[0-9a-f]{32}$/i.test(hex)) throw new HttpError(400, 'uuid: 32 hexadecimal digits')
  const uuid = hex === '' ? undefined : Uint8Array.from(hex.match(/../g)!, pair => parseInt(pair, 16))
  return { mac, uuid, architecture, giaddr: parseIp4(query.get('giaddr') ?? '') ?? ANY_IP4 }
}
