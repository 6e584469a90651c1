// Errors in the language of the runtime, where they say what a user has to do: certificates, TLS, proxies.

import type { NodeAPI } from 'node-red'
import { AciError } from './apic'

/** The catalogue of aci-apic, for every node of the package. */
const CATALOGUE = '@aci-flow/node-red-aci/aci-apic:'

const known = new WeakMap<AciError, AciError>()

/** The error with its text from the catalogue; itself where there is none. */
export function localized(RED: NodeAPI, error: AciError): AciError {
  const { trouble, code, cause } = error
  if (trouble === undefined) return error
  let own = known.get(error)
  if (own === undefined) {
    const key = `aci-apic.trouble.${trouble.kind}`
    const text = RED._(CATALOGUE + key, trouble.values)
    own = text === '' || text.endsWith(key) ? error : new AciError(code, text, cause, trouble)
    known.set(error, own)
  }
  return own
}
