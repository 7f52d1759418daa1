/**
 * Before each test file: its `t.testdir()` is in the folder of the run, and removed with it, however the run ends.
 * Does nothing in the processes and threads that a test starts.
 */
import { isMainThread } from 'node:worker_threads'

const folder = process.env['NBS_TEST_FOLDER']
if (isMainThread && folder !== undefined) {
  delete process.env['NBS_TEST_FOLDER']
  const { t } = await import('tap')
  t.testdirName = folder
}
