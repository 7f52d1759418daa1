/**
 * `image-not-here`: jobs that stopped because an image or package had not arrived on the server that was asked.
 */
import type { Sentences } from '../../../analysis/capture-rule.ts'
import { toSeconds } from '../../../core/micros.ts'
import type { UnlinkedFinding } from '../../result.ts'
import type { ImageNotHere } from './details.ts'
import {
  type SiteView,
  grouped,
  machinesText,
  macsOf,
  ofKind,
  secondsText,
  serversIn,
  siteFinding,
} from './site-view.ts'

export const missingImages = (view: SiteView): UnlinkedFinding[] =>
  grouped(
    ofKind(view.events, 'blocked').filter(({ cause }) => cause.image !== undefined),
    ({ cause }) => `${cause.machine} ${cause.image}`,
  ).map(events => {
    const [{ cause, step, at, mac }] = events as [(typeof events)[number]]
    const { machine: server, image = '', arrives = Infinity } = cause
    const macs = macsOf(events)
    return siteFinding(
      'image-not-here',
      view,
      {
        macs,
        servers: serversIn(view, server),
        details: {
          image,
          server,
          affected: macs.size,
          step,
          ...(arrives < Infinity && {
            arrives: { seconds: toSeconds(arrives), lateSeconds: toSeconds(arrives - at) },
          }),
        },
        evidence: view.frames.around(at, mac, `${image} is not on ${server}`),
      },
      sentences,
    )
  })

const sentences = ({ image, server, affected, step, arrives }: ImageNotHere): Sentences => ({
  text: `${image} is not on ${server}, from which ${machinesText(affected)} requested it at step "${step}": ${
    arrives
      ? `it arrives at ${secondsText(arrives.seconds)}, ${secondsText(arrives.lateSeconds)} too late`
      : 'no distribution to that server is planned'
  }.`,
  because:
    'Images and packages are distributed to each site server separately; a job does not wait for that.',
  remedy: `Wait until the distribution of ${image} to ${server} is complete, then start the job again.`,
})
