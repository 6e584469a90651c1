// Mocha's usual report, closed by one line that a machine can read.

import Mocha from 'mocha'

export default class Reporter extends Mocha.reporters.Spec {
  epilogue() {
    super.epilogue()
    const { passes, failures, pending } = this.stats
    console.log(`${passes} passed, ${failures} failed, ${pending} skipped`)
  }
}
