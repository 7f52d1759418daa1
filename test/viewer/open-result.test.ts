import t from 'tap'
import { openResult } from '../../src/viewer/replay/open-result.ts'
import { reportHtml } from '../../src/report/html.ts'
import { type Recording, recordingOf } from '../../src/simulation/recording.ts'
import { shippedRun } from './shipped.ts'

const { scenario, run } = shippedRun('one-nbs')
const whole = JSON.stringify(run.result, null, 2)

const messageOf = (text: string): string => {
  const opened = openResult(text)
  return opened.ok ? 'opened' : opened.message.split(' Wanted')[0]!
}

t.test('opens a result, several results, a recording and a report', async t => {
  const one = openResult(whole)
  t.equal(one.ok && (one.documents[0] as Recording).trace, null, 'a result has no packets')
  t.equal(one.ok && (one.documents[0] as Recording).result.title, scenario.title)
  const two = openResult(`[${whole},${whole}]`)
  t.equal(two.ok && two.documents.length, 2)
  const recording = recordingOf(scenario, run)
  const page = '<html><title>x</title><script type="application/json" id="recordings"></script></html>'
  const report = openResult(reportHtml(page, [recording]))
  t.strictSame(report.ok && report.documents, [JSON.parse(JSON.stringify(recording))])
})

t.test('says what else it was given', async t => {
  t.equal(messageOf(''), 'The file is empty.')
  t.match(
    messageOf(whole.slice(0, 1000)),
    /^The JSON is cut off: it ends after 1000 characters in the middle/,
  )
  t.equal(messageOf('title: Two NBS'), 'This is not JSON.')
  t.match(messageOf('{"a": b}'), /^This is not correct JSON: /)
  t.match(messageOf('{"name": "something"}'), /lacks clients, findings or expectations/)
  t.match(messageOf('7'), /not a result/)
  t.match(messageOf('[]'), /empty/)
  t.match(messageOf('<html></html>'), /no report of nbs-lab/)
  t.match(messageOf('{"files":[],"conversations":[],"findings":[]}'), /nbs analyze/)
  const old = { format: 'nbs-lab recording 1', result: { ...run.result, version: '0.0.9' } }
  t.equal(
    messageOf(JSON.stringify(old)),
    'This is "nbs-lab recording 1", written by nbs-lab 0.0.9; this version reads "nbs-lab recording 2". Run its scenario again.',
  )
  t.match(
    messageOf('{"format":"nbs-lab recording 99","result":{}}'),
    /written by another version of nbs-lab;/,
  )
  t.match(messageOf('{"sweep":{"a":1},"run":0,"groups":[]}\n{"sweep":'), /records of a sweep/)
  t.match(messageOf('{"sweep":{},"groups":[]}'), /one record of a sweep/)
  t.match(messageOf('{"cells":[],"title":"x"}'), /not the summary of a sweep/)
  t.match(
    messageOf(
      '{"title":"x","seeds":[1,2],"vary":[],"done":1,"planned":1,"cells":[{"vary":{},"firmwares":[{}]}]}',
    ),
    /Combination 1 of the sweep is incomplete/,
  )
  const broken = { ...run.result, clients: [...run.result.clients, { name: 'pc-9' }] }
  t.match(messageOf(JSON.stringify(broken)), /^Machine 6 of the result is incomplete/)
  t.match(messageOf(`[${whole},{}]`), /^Result 2 of 2: /)
})

t.test('no cut of a result makes it throw or open', async t => {
  for (let length = 0; length < whole.length; length += 97)
    if (openResult(whole.slice(0, length)).ok) t.fail(`opened when cut at ${length}`)
  t.pass()
})

t.test('a title cannot leave its place in the page', async t => {
  const title = '</script><script>alert(1)</script> $& $1'
  const page = '<title>x</title><script type="application/json" id="recordings"></script>'
  const recording = { ...recordingOf(scenario, run), result: { ...run.result, title } }
  const html = reportHtml(page, [recording])
  t.equal(html.match(/<script/g)?.length, 1)
  t.ok(
    html.includes(
      '<title>&#60;/script&#62;&#60;script&#62;alert(1)&#60;/script&#62; $&#38; $1 · nbs-lab</title>',
    ),
  )
  const opened = openResult(html.slice(html.indexOf('<script')))
  t.equal(opened.ok && (opened.documents[0] as Recording).result.title, title)
})
