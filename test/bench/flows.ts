// The flows that are compared, as an editor would save them.

/** A node of a flow file. */
export interface FlowNode {
  readonly id: string
  readonly type: string
  readonly [property: string]: unknown
}

/** Everything a runtime needs to run one of them. */
export interface Flow {
  readonly nodes: readonly FlowNode[]
  readonly credentials: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The node whose status turns green when events can come. */
  readonly source: string
}

/** Where the APIC stand-in is. */
export interface Place {
  /** Host and port. */
  readonly host: string
  /** Path of a file with the certificate to trust; empty for no TLS. */
  readonly certificate: string
  /** Tells the stand-in whose socket it is. */
  readonly token: string
}

const TAB: FlowNode = { id: 'tab', type: 'tab', label: 'bench' }
const IN_TAB = { z: 'tab', x: 100, y: 100 }

function sink(id: string): FlowNode {
  return { id, type: 'bench-sink', ...IN_TAB, wires: [] }
}

/** What a user writes to get at the object and what happened to it. */
const PICK = `
const [className] = Object.keys(msg.payload.imdata[0])
const { attributes } = msg.payload.imdata[0][className]
return {
    topic: attributes.dn,
    payload: { event: attributes.status, class: className, dn: attributes.dn, attributes }
}`

/** `websocket in` → `json` → sink, or with a function between that makes the message. */
export function handMade({ host, token }: Place, { picks }: { readonly picks: boolean }): Flow {
  const nodes: FlowNode[] = [
    TAB,
    // The stand-in takes any token; an APIC's changes at each login, so that nobody can really configure it here.
    {
      id: 'client',
      type: 'websocket-client',
      path: `ws://${host}/socket${token}`,
      tls: '',
      wholemsg: 'false',
      hb: '0'
    },
    { id: 'source', type: 'websocket in', ...IN_TAB, server: '', client: 'client', wires: [['json']] },
    { id: 'json', type: 'json', ...IN_TAB, property: 'payload', action: 'obj', wires: [[picks ? 'pick' : 'sink']] },
    sink('sink')
  ]
  if (picks)
    nodes.push({ id: 'pick', type: 'function', ...IN_TAB, func: PICK, outputs: 1, libs: [], wires: [['sink']] })
  return { nodes, credentials: {}, source: 'source' }
}

/** aci-subscribe → sinks. */
export function aci(
  place: Place,
  { mirror, sinks }: { readonly mirror: 'full' | 'off'; readonly sinks: number }
): Flow {
  const { host, certificate, token } = place
  const targets = Array.from({ length: sinks }, (_, index) => `sink-${index}`)
  const nodes: FlowNode[] = [
    TAB,
    {
      id: 'apic',
      type: 'aci-apic',
      name: 'bench',
      controllers: [`${certificate === '' ? 'http' : 'https'}://${host}`],
      auth: 'password',
      domain: '',
      tls: certificate === '' ? '' : 'tls'
    },
    {
      id: 'source',
      type: 'aci-subscribe',
      ...IN_TAB,
      name: '',
      apic: 'apic',
      target: 'class',
      classes: 'faultInst',
      dn: '',
      scope: 'self',
      subtreeClasses: '',
      filter: '',
      events: ['created', 'modified', 'deleted'],
      snapshot: false,
      mirror,
      remember: '',
      outputs: 1,
      inputs: 0,
      wires: [targets]
    },
    ...targets.map(sink)
  ]
  if (certificate !== '') {
    nodes.push({ id: 'tls', type: 'tls-config', cert: '', key: '', ca: certificate, verifyservercert: true })
  }
  return { nodes, credentials: { apic: { username: token, password: 'bench' } }, source: 'source' }
}
