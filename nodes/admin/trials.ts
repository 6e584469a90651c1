// "Test connection": the one route that takes settings, and with them addresses, from the client. Secrets that the client
// does not know go nowhere but where they are deployed to go.

import type { Node, NodeAPI } from 'node-red'
import { authOf, fingerprintsOf, guard, loginOf, requestTimeoutOf, tlsOf } from '../runtime/access'
import { tryOut, type ControllerTrial, type Trial, type TrialStep } from '../apic'
import * as settings from '../runtime/settings'
import type { Raw } from '../runtime/settings'
import type { ControllerAnswer, TestAnswer, TestStep } from './answers'
import { resolved } from './environment'
import { Failure, shownError, type Asked, type Route } from './route'
import { credentialsOf, servedNode, type ServedNode } from './served'

/** The longest that a test may take, and wait for one answer, ms. */
const LIMIT = 30_000
const REQUEST_LIMIT = 15_000
/** No cluster has more controllers than this. */
const MOST_CONTROLLERS = 16

/** What the editor has instead of a secret: it is never told one. */
const UNCHANGED = '__PWRD__'

/** What of the dialog is tested. */
const SETTINGS = ['controllers', 'auth', 'domain', 'tls', 'legacyTls', 'fingerprint', 'requestTimeout']
const CREDENTIALS = ['username', 'password', 'certificateName', 'privateKey', 'passphrase']

/** Secrets of each kind of login, the one first that the others belong to. */
const SECRETS = { password: ['password'], certificate: ['privateKey', 'passphrase'] } as const

export function testRoute(RED: NodeAPI): Route {
  return {
    method: 'post',
    path: '/aci-apic/test',
    permission: 'aci-apic.write',
    answer: async (asked) => answerOf(await test(RED, asked))
  }
}

async function test(RED: NodeAPI, asked: Asked): Promise<Trial> {
  const { id, login, credentials: given = {} } = asked.body
  if (!isRaw(given)) throw new Failure(400, 'credentials: an object is expected')
  const deployed = servedNode(RED, id)
  const definition = await resolved(RED, asked, chosen(asked.body, SETTINGS), deployed)
  const controllers = settings.controllers(definition)
  if (controllers.length > MOST_CONTROLLERS) {
    throw new Failure(400, `controllers: a cluster has at most ${MOST_CONTROLLERS} of them`)
  }
  assertDeployed(RED, definition)
  const tls = tlsOf(RED, definition)
  const needsLogin = settings.flag({ login }, 'login', true)
  const credentials = needsLogin ? await resolved(RED, asked, chosen(given, CREDENTIALS), deployed) : {}
  return tryOut({
    controllers,
    tls,
    login: needsLogin ? loginOf(definition, withSecrets(definition, credentials, deployed)) : undefined,
    guard,
    requestTimeoutMs: Math.min(REQUEST_LIMIT, requestTimeoutOf(definition)),
    limitMs: LIMIT,
    signal: asked.signal
  })
}

function isRaw(value: unknown): value is Raw {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Those of the values that are of use. */
function chosen(given: Raw, names: readonly string[]): Raw {
  return Object.fromEntries(names.map((name) => [name, given[name]]))
}

/** @throws Failure */
function assertDeployed(RED: NodeAPI, definition: Raw): void {
  const id = settings.text(definition, 'tls')
  const node = RED.nodes.getNode(id) as Node | null | undefined
  if (id !== '' && !node) {
    throw new Failure(400, 'tls: this TLS configuration is not deployed yet. Deploy it first, then test', ['tls'])
  }
}

/**
 * The credentials with the deployed secrets where the client has none.
 * @throws Failure when these would go elsewhere than they are deployed to go
 */
function withSecrets(definition: Raw, given: Raw, deployed: ServedNode | undefined): Raw {
  const [main, ...others] = SECRETS[authOf(definition)]
  if (isTyped(given[main])) {
    // What belongs to the deployed one is of no use to another; none at all is none that is needed.
    const old = others.filter((name) => given[name] === UNCHANGED)
    if (old.length > 0) throw mustType(old)
    return given
  }
  const kept = [main, ...others.filter((name) => !isTyped(given[name]))]
  const stored = deployed === undefined ? {} : credentialsOf(deployed)
  if (deployed === undefined || !haveSamePlace([definition, given], [deployed.definition, stored])) {
    throw mustType(kept)
  }
  return { ...given, ...chosen(stored, kept) }
}

/** The client has the secret itself. */
function isTyped(value: unknown): boolean {
  return value !== undefined && value !== UNCHANGED
}

function mustType(fields: readonly string[]): Failure {
  return new Failure(
    400,
    `${fields.join(', ')}: type it again. A stored one is used only for the controllers, the TLS configuration and the user that it is deployed with`,
    fields
  )
}

/** Settings with their credentials. */
type Place = readonly [definition: Raw, credentials: Raw]

/** Whether credentials go to the same controllers, whatever their order, trusted in the same way, and as the same user. */
function haveSamePlace(one: Place, other: Place): boolean {
  try {
    return placeOf(one) === placeOf(other)
  } catch {
    // Settings that are wrong are no place.
    return false
  }
}

/** @throws AciError ACI_CONFIG */
function placeOf([definition, credentials]: Place): string {
  return JSON.stringify([
    settings.controllers(definition).sort(),
    settings.text(definition, 'tls'),
    settings.flag(definition, 'legacyTls', false),
    fingerprintsOf(definition).sort(),
    authOf(definition),
    settings.text(definition, 'domain'),
    settings.text(credentials, 'username'),
    settings.text(credentials, 'certificateName')
  ])
}

// --- the answer

function answerOf({ controllers, isOneFabric }: Trial): TestAnswer {
  const domains = new Set(controllers.flatMap((controller) => controller.domains))
  return {
    isGood: controllers.some(({ isGood }) => isGood),
    controllers: controllers.map(controllerAnswer),
    isOneFabric: isOneFabric ?? null,
    domains: [...domains].sort()
  }
}

function controllerAnswer({ controller, isGood, version, steps }: ControllerTrial): ControllerAnswer {
  return { controller, isGood, version: version === '' ? null : version, steps: steps.map(stepAnswer) }
}

function stepAnswer({ step, outcome, ms, error, certificate, distrust, isLegacy, waitMs }: TrialStep): TestStep {
  return {
    step,
    outcome,
    ms: ms ?? null,
    ...(error === undefined ? {} : { error: shownError(error) }),
    ...(certificate === undefined ? {} : { certificate }),
    ...(distrust === undefined ? {} : { distrust }),
    ...(isLegacy === undefined ? {} : { isLegacy }),
    ...(waitMs === undefined ? {} : { waitSeconds: Math.ceil(waitMs / 1000) })
  }
}
