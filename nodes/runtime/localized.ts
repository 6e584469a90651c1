// Translates errors of certificates, TLS and proxies into the language of the runtime.

import type { NodeAPI } from 'node-red'
import { AciError } from '../apic'

const known = new WeakMap<AciError, AciError>()

/** The error with its text from the catalogue; unchanged where there is none. */
export function localized(RED: NodeAPI, error: AciError): AciError {
  const { trouble, code, cause } = error
  if (trouble === undefined) return error
  let own = known.get(error)
  if (own === undefined) {
    const text = RED._(`@aci-flow/node-red-aci/aci-apic:aci-apic.trouble.${trouble.kind}`, trouble.values)
    // Node-RED returns the key where the catalogue has no text.
    own = text === '' || text.endsWith(trouble.kind) ? error : new AciError(code, text, cause, trouble)
    known.set(error, own)
  }
  return own
}
