/**
 * Where the page begins: takes what is in it, and shows them or says what is wrong with them.
 */
import { render } from 'preact'
import { App } from './shell/app.tsx'
import { openResult } from './replay/open-result.ts'

const door = document.getElementById('recordings')
const text = door?.textContent ?? ''
const opened = text.trim() === '' ? undefined : openResult(text)
door?.remove()

render(
  <App
    documents={opened?.ok ? opened.documents : []}
    problem={opened && !opened.ok ? `The result in this page cannot be shown. ${opened.message}` : ''}
    live={document.documentElement.dataset['live'] === 'true'}
  />,
  document.getElementById('viewer')!,
)
