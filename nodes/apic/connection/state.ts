// The states of a fabric's connection.

import type { AciError } from '../common/errors'

export type FabricState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'connecting'; readonly step: 'login' | 'socket'; readonly controller: string }
  | { readonly phase: 'up'; readonly controller: string; readonly version: string; readonly since: number }
  | { readonly phase: 'lost'; readonly error: AciError; readonly since: number }
  /** The login is refused: a quick retry is of no use. */
  | { readonly phase: 'refused'; readonly error: AciError }
  | { readonly phase: 'closed' }
