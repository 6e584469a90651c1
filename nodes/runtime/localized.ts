// Errors in the language of the runtime, where they say what a user has to do: certificates, TLS, proxies.

import type { NodeAPI } from 'node-red'
import { AciError } from '../apic'

const known = new WeakMap<AciError, AciError>()

/** The error with its text from the catalogue; itself where there is none. */
export function localized(RED: NodeAPI, error: AciError): AciError {
  const { trouble, code, cause } = error
  if (trouble === undefined) return error
  let own = known.get(error)
  if (own === undefined) {
    const text = RED._(`@aci-flow/node-red-aci/aci-apic:aci-apic.trouble.${trouble.kind}`, trouble.values)
    // What has no text is given back as its key.
    own = text === '' || text.endsWith(trouble.kind) ? error : new AciError(code, text, cause, trouble)
    known.set(error, own)
  }
  return own
}
