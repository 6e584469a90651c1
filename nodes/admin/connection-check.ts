// "Test connection": the one route that takes settings, and with them addresses, from the client. Stored secrets are sent
// only to the controllers that they are deployed for.

import type { Node, NodeAPI } from 'node-red'
import { authOf, fingerprintsOf, guard, loginOf, requestTimeoutOf, tlsOf } from '../runtime/access'
import { runConnectionTest, type ControllerTestResult, type ConnectionTestResult, type TestStepResult } from '../apic'
import * as settings from '../runtime/settings'
import type { Raw } from '../runtime/settings'
import type { ControllerAnswer, TestAnswer, TestStep } from './answers'
import { resolved } from './environment'
import { Failure, shownError, type Asked, type Route } from './route'
import { credentialsOf, servedNode, type ServedNode } from './served'

/** Limits of a test, and of one answer in it, ms. */
const LIMIT = 30_000
const REQUEST_LIMIT = 15_000
/** No cluster has more controllers than this. */
const MOST_CONTROLLERS = 16

/** The editor's placeholder for a secret: it never gets the secret itself. */
const UNCHANGED = '__PWRD__'

/** Settings and credentials of the dialog that are tested. */
const SETTINGS = ['controllers', 'auth', 'domain', 'tls', 'legacyTls', 'fingerprint', 'requestTimeout']
const CREDENTIALS = ['username', 'password', 'certificateName', 'privateKey', 'passphrase']

/** Secrets of each kind of login, the main one first. */
const SECRETS = { password: ['password'], certificate: ['privateKey', 'passphrase'] } as const

export function testRoute(RED: NodeAPI): Route {
  return {
    method: 'post',
    path: '/aci-apic/test',
    permission: 'aci-apic.write',
    answer: async (asked) => answerOf(await test(RED, asked))
  }
}

async function test(RED: NodeAPI, asked: Asked): Promise<ConnectionTestResult> {
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
  return runConnectionTest({
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

/** The values of such names. */
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
 * The credentials, with the deployed secrets where the client has none.
 * @throws Failure when a deployed secret would go to another destination
 */
function withSecrets(definition: Raw, given: Raw, deployed: ServedNode | undefined): Raw {
  const [main, ...others] = SECRETS[authOf(definition)]
  if (isTyped(given[main])) {
    // A deployed passphrase does not fit a new key; an absent one is not needed.
    const old = others.filter((name) => given[name] === UNCHANGED)
    if (old.length > 0) throw mustType(old)
    return given
  }
  const kept = [main, ...others.filter((name) => !isTyped(given[name]))]
  const stored = deployed === undefined ? {} : credentialsOf(deployed)
  if (deployed === undefined || !haveSameDestination([definition, given], [deployed.definition, stored])) {
    throw mustType(kept)
  }
  return { ...given, ...chosen(stored, kept) }
}

/** Whether the client has sent the secret itself. */
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
type Destination = readonly [definition: Raw, credentials: Raw]

/** Whether credentials go to the same controllers, in any order, with the same trust and as the same user. */
function haveSameDestination(one: Destination, other: Destination): boolean {
  try {
    return destinationOf(one) === destinationOf(other)
  } catch {
    // Wrong settings have no destination.
    return false
  }
}

/** @throws AciError ACI_CONFIG */
function destinationOf([definition, credentials]: Destination): string {
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

function answerOf({ controllers, isOneFabric }: ConnectionTestResult): TestAnswer {
  const domains = new Set(controllers.flatMap((controller) => controller.domains))
  return {
    isGood: controllers.some(({ isGood }) => isGood),
    controllers: controllers.map(controllerAnswer),
    isOneFabric: isOneFabric ?? null,
    domains: [...domains].sort()
  }
}

function controllerAnswer({ controller, isGood, version, steps }: ControllerTestResult): ControllerAnswer {
  return { controller, isGood, version: version === '' ? null : version, steps: steps.map(stepAnswer) }
}

function stepAnswer({ step, outcome, ms, error, certificate, distrust, isLegacy, waitMs }: TestStepResult): TestStep {
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
