// The entry of the bundle: what the .html files find under the global name `aciFlow`.
//
// Node-RED's editor loads a script with a relative address before it takes in the html that names it, one html after
// the other, and before any flow: nothing is ever checked or labelled without it.

import { aciApic } from './aci-apic'
import { aciPush } from './aci-push'
import { aciQuery } from './aci-query'
import { aciSubscribe } from './aci-subscribe'
import css from './dialogs.css'

// Each html loads it, so that each works alone. The first one stays: a dialog may be open.
if (!('aciFlow' in window)) {
  $('<style>').text(css).appendTo('head')
  Object.assign(window, { aciFlow: { aciApic, aciPush, aciQuery, aciSubscribe } })
}
