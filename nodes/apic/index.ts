// The client's public face: what the nodes, or any other program, may use.

export { onAbort } from './common/abort'
export type { BackoffOptions, Random } from './common/backoff'
export { PasswordLogin, type Login } from './session/auth'
export type { RequestClient, RequestClientListener, PageAnswer } from './requests/request-client'
export { CertificateLogin } from './session/certificate'
export { versionOf, type Change, type EventName, type Origin } from './store/change'
export { writesOf, type ItemWrite, type Write, type WriteOptions } from './protocol/writes'
export { loginDomains } from './session/domains'
export { AciError, toAciError, type ErrorCode, type Refusal } from './common/errors'
export { Fabric, type FabricOptions, type FabricReport } from './fabric/fabric'
export { INTERVAL, RANGES, type NumberRange } from './protocol/grammar'
export { LoginGuard } from './session/login-guard'
export type { Outage, Span } from './fabric/outages'
export type { Recovered } from './sync/tally'
export {
  assertClassName,
  assertDn,
  firstPathOf,
  looksLikeDn,
  pathOf,
  DEFAULT_READ_OPTIONS,
  queriesOf
} from './protocol/query'
export { readRequestsOf } from './protocol/query'
export type { Query, ReadRequest, Scope, ReadOptions, Target } from './protocol/query'
export { readAll, type ResultPage } from './requests/reader'
export { MOST_REMEMBERED, RememberedText, rememberedOf, type Remembered, type RememberedOf } from './store/remembered'
export type { FabricState } from './connection/state'
export { RedeployCache } from './fabric/redeploy-cache'
export type { SubscriptionState } from './sync/query-state'
export type { MirrorMode } from './sync/synced-query'
export type { TlsOptions } from './transport/transport'
export { runConnectionTest } from './fabric/connection-check'
export type { ControllerTestResult, ConnectionTestResult, TestStepResult } from './fabric/connection-check'
export type { Place, Watch, WatchListener } from './watch/watch'
export type { Attributes, Imdata, ManagedObject } from './protocol/wire'
