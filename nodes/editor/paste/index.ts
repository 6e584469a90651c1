// Turns what people copy from the API Inspector, from Visore or from a script into the settings of a node. Nothing of a
// host, and no value of a parameter that is not taken over, comes out of here: it may be a secret.

import { isClassName } from '../../apic/protocol/grammar'
import { looksLikeClass } from '../classes/class-name'
import { foundIn } from './found'
import { requestOf, type NoRequest, type Request } from './request'

/** The settings that aci-subscribe and aci-query have in common, as their dialogs store them. */
interface CommonSettings {
  readonly target: 'class' | 'mo'
  readonly classes: string
  readonly dn: string
  readonly scope: string
  readonly subtreeClasses: string
  readonly filter: string
}

export type SubscribeSettings = CommonSettings

export interface QuerySettings extends CommonSettings {
  readonly children: string
  readonly childClasses: string
  readonly childFilter: string
  readonly targetNode: string
  readonly targetPath: string
  readonly timeRange: string
  readonly include: string
  readonly properties: string
  readonly orderBy: string
}

/**
 * What the user should know of what was not taken over, or was taken over in another way:
 * `parameter`: this parameter is not known here · `reading`: it shapes answers only, and events are single objects ·
 * `value`: its value is not known here, the default is used · `placeholder`: its value has a gap that a program would
 * fill · `paging`: the node pages by itself · `refresh`: how long a subscription lives is set in aci-apic ·
 * `subscription`: aci-query reads, and does not subscribe · `scoped`: a class below an object became a search in that
 * object's tree · `others`: more requests were pasted, and only the first was taken
 */
export interface PasteNote {
  readonly note:
    'parameter' | 'reading' | 'value' | 'placeholder' | 'paging' | 'refresh' | 'subscription' | 'scoped' | 'others'
  /** The parameter, where the note is about one. */
  readonly name?: string
  /** How many, where the note is about several. */
  readonly count?: number
}

/**
 * Why nothing could be taken over:
 * `nothing`: there is no request to an APIC in it · `write`: the request changes something · `login`: it belongs to a
 * session · `method`: it asks for neither classes nor an object · `name`: its class or object is missing, or is filled
 * in by a program
 */
export type PasteMistake = 'nothing' | 'write' | NoRequest

export type Pasted<Settings> =
  | { readonly settings: Settings; readonly notes: readonly PasteNote[]; readonly mistake?: never }
  | { readonly mistake: PasteMistake; readonly settings?: never; readonly notes?: never }

const SCOPES = ['self', 'children', 'subtree']
const CHILDREN = ['no', 'children', 'full']
const PROPERTIES = ['all', 'config-only', 'naming-only']

/** Of the session, or against caches: what nobody misses. */
const NEEDLESS = new Set(['_dc', '_', 'challenge', 'url-token', 'cache-session'])
const PAGING = new Set(['page', 'page-size'])
const READING = new Set([
  'rsp-subtree',
  'rsp-subtree-class',
  'rsp-subtree-filter',
  'rsp-subtree-include',
  'rsp-prop-include',
  'target-node',
  'target-path',
  'time-range',
  'order-by'
])

/**
 * A gap that a program would fill: `{tenant}`, `${tenant}`, `%s`, `<name>`, `{{ tenant }}`. Braces with nothing in them
 * within brackets are a value of the DN's own: `rsfabricDeployedPhysPathAtt-[{}]`.
 */
const GAP = /\{[^{}"]+\}|(?<!\[)\{\}|%s|<[A-Za-z][\w -]*>/

/** The parameters of one request, asked for one by one; what was never asked for is left over. */
class Parameters {
  readonly notes: PasteNote[] = []
  private readonly asked = new Set<string>()

  constructor(private readonly all: Request['parameters']) {}

  /** The last value that is given for a parameter. */
  text(name: string): string {
    return this.valuesOf(name).at(-1)?.trim() ?? ''
  }

  /** One of a few words; the first when nothing is given, or another word. */
  choice(name: string, words: readonly string[]): string {
    const [usual = ''] = words
    const value = this.text(name)
    if (value === '' || words.includes(value)) return value === '' ? usual : value
    if (!GAP.test(value)) this.notes.push({ note: 'value', name })
    return usual
  }

  /** A list of words; given twice, it is one list. */
  list(name: string): string {
    return this.valuesOf(name)
      .flatMap((value) => value.split(','))
      .map((word) => word.trim())
      .filter((word) => word !== '')
      .join(', ')
  }

  has(name: string): boolean {
    this.asked.add(name)
    return this.all.some(([given]) => given === name)
  }

  /** The names that were not asked for, each once. */
  left(): string[] {
    return [...new Set(this.all.map(([name]) => name))].filter((name) => !this.asked.has(name))
  }

  private valuesOf(name: string): string[] {
    this.asked.add(name)
    const values = this.all.filter(([given]) => given === name).map(([, value]) => value)
    if (values.some((value) => GAP.test(value))) this.notes.push({ note: 'placeholder', name })
    return values
  }
}

function commonOf(request: Request, parameters: Parameters): CommonSettings {
  const filter = parameters.text('query-target-filter')
  const scope = parameters.choice('query-target', SCOPES)
  const subtreeClasses = parameters.list('target-subtree-class')
  if (request.target === 'mo') return { target: 'mo', classes: '', dn: request.of, scope, subtreeClasses, filter }
  if (request.below === '') return { target: 'class', classes: request.of, dn: '', scope, subtreeClasses, filter }
  // No setting is for a class below an object; its objects are those of that class in the object's tree.
  parameters.notes.push({ note: 'scoped' })
  if (scope !== 'self' || subtreeClasses !== '') parameters.notes.push({ note: 'value', name: 'query-target' })
  return { target: 'mo', classes: '', dn: request.below, scope: 'subtree', subtreeClasses: request.of, filter }
}

/** Notes of the parameters that no setting is for. */
function notesOfRest(parameters: Parameters, isSubscription: boolean): PasteNote[] {
  const isSubscribed = parameters.has('subscription') && !isSubscription
  const left = parameters.left().filter((name) => !NEEDLESS.has(name))
  return [
    ...(isSubscribed ? [{ note: 'subscription' } as const] : []),
    ...(left.some((name) => PAGING.has(name)) ? [{ note: 'paging' } as const] : []),
    ...left
      .filter((name) => !PAGING.has(name))
      .map((name): PasteNote => {
        if (name === 'refresh-timeout') return { note: 'refresh' }
        // What does not look like a name may be anything, a token even.
        if (!/^[\w-]{1,40}$/.test(name)) return { note: 'parameter' }
        return { note: isSubscription && READING.has(name) ? 'reading' : 'parameter', name }
      })
  ]
}

function isNamed(request: Request): boolean {
  if (GAP.test(request.of) || GAP.test(request.below)) return false
  return request.target === 'mo' || isClassName(request.of)
}

/** What the APIC's own GUI shows in the address bar, behind a bar: the object one looks at. */
const GUI_ADDRESS = /#[^|\s]*\|((?:uni|topology|comp)(?:\/[^|\s]+)?)/

/** A class or a DN by itself, as Visore takes them, or an address without its beginning, as scripts on an APIC have it. */
function bareRequest(text: string): string | undefined {
  const bare = text.trim().replace(/^["'`]|["'`]$/g, '')
  const shown = GUI_ADDRESS.exec(bare)?.[1]
  if (shown !== undefined) return `/api/mo/${shown}`
  if (/^\/?(?:api\/)?(?:node\/)?(?:class|mo)\//.test(bare)) {
    return bare.replace(/^\/?(?:api\/)?(?:node\/)?/, '/api/')
  }
  if (/^(?:uni|topology|comp|fwrepo)(?:\/\S*)?$/.test(bare)) return `/api/mo/${bare}`
  const [name = ''] = bare.split(/\.(?:json|xml)(?=$|\?)/)
  return looksLikeClass(name) ? `/api/class/${bare}` : undefined
}

/** The first request in a text that asks for something, and how many more there are. */
function firstRequest(text: string): { readonly request: Request; readonly others: number } | PasteMistake {
  const bare = bareRequest(text)
  const found = bare === undefined ? foundIn(text) : [{ path: bare, parameters: [], isWrite: false }]
  const read = found.map(({ path, parameters, isWrite }): Request | PasteMistake => {
    if (isWrite) return 'write'
    const request = requestOf(path)
    if (typeof request === 'string') return request
    return isNamed(request) ? { ...request, parameters: [...request.parameters, ...parameters] } : 'name'
  })
  const requests = read.filter((request) => typeof request !== 'string')
  const [request] = requests
  if (request !== undefined) return { request, others: requests.length - 1 }
  return read.find((mistake) => typeof mistake === 'string') ?? 'nothing'
}

function pasted<Settings>(
  text: string,
  isSubscription: boolean,
  settingsOf: (common: CommonSettings, parameters: Parameters) => Settings
): Pasted<Settings> {
  const first = firstRequest(text)
  if (typeof first === 'string') return { mistake: first }
  const parameters = new Parameters(first.request.parameters)
  const settings = settingsOf(commonOf(first.request, parameters), parameters)
  const notes = [...parameters.notes, ...notesOfRest(parameters, isSubscription)]
  return { settings, notes: first.others === 0 ? notes : [...notes, { note: 'others', count: first.others }] }
}

/** The settings of aci-subscribe for what was pasted; all of them, so that nothing of before is left. */
export function subscribeSettingsOf(text: string): Pasted<SubscribeSettings> {
  return pasted(text, true, (common) => common)
}

/** The settings of aci-query for what was pasted. How many objects, and in which form, no request says. */
export function querySettingsOf(text: string): Pasted<QuerySettings> {
  return pasted(text, false, (common, parameters) => ({
    ...common,
    children: parameters.choice('rsp-subtree', CHILDREN),
    childClasses: parameters.list('rsp-subtree-class'),
    childFilter: parameters.text('rsp-subtree-filter'),
    targetNode: parameters.text('target-node'),
    targetPath: parameters.text('target-path'),
    timeRange: parameters.text('time-range'),
    include: parameters.list('rsp-subtree-include'),
    properties: parameters.choice('rsp-prop-include', PROPERTIES),
    orderBy: parameters.list('order-by')
  }))
}
