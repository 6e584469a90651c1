// The benchmark's processes and how they talk: each serves a few calls of its parent and ends when the parent is gone.

import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'

/** What a process can be asked to do. */
export type Calls = Record<string, (given: never) => Promise<unknown>>

interface Request {
  readonly id: number
  readonly name: string
  readonly given: unknown
}

interface Reply {
  readonly id: number
  readonly result?: unknown
  readonly error?: string
}

/** Longest wait for an answer, ms: whatever takes longer will never come. */
const CALL_LIMIT = 90_000
/** Time to end by itself, ms. */
const STOP_LIMIT = 5_000

/** A child process that serves `C`. */
export class Worker<C extends Calls> {
  private readonly process: ChildProcess
  private readonly waiting = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  private lastId = 0

  /**
   * @param name for error texts
   * @param file the TypeScript module that calls {@link serve}
   * @param options of Node.js, beside those that it needs to run TypeScript
   */
  constructor(
    private readonly name: string,
    file: string,
    options: readonly string[] = []
  ) {
    this.process = fork(file, {
      execArgv: ['--require', require.resolve('tsx/cjs'), ...options],
      // The peers are all on this machine: no proxy has a part in it.
      env: { ...process.env, NO_PROXY: '*', no_proxy: '*' },
      // What a runtime logs must not get among the results.
      stdio: ['ignore', 2, 2, 'ipc']
    })
    this.process.on('message', (reply: Reply) => this.settle(reply))
    this.process.on('exit', (code) => this.fail(new Error(`${name} ended (exit code ${String(code)})`)))
    this.process.on('error', (error) => this.fail(error))
  }

  /** @throws Error when the call fails there, or the process ends, or no answer comes in time */
  async call<N extends keyof C & string>(name: N, given: Parameters<C[N]>[0]): Promise<Awaited<ReturnType<C[N]>>> {
    const id = (this.lastId += 1)
    const answer = new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
    })
    const late = setTimeout(() => {
      this.fail(new Error(`${this.name} did not finish "${name}" within ${CALL_LIMIT / 1000} s`))
    }, CALL_LIMIT)
    try {
      this.process.send({ id, name, given } satisfies Request)
      return (await answer) as Awaited<ReturnType<C[N]>>
    } finally {
      clearTimeout(late)
      this.waiting.delete(id)
    }
  }

  /** Ends the process; resolves when it has gone. */
  async stop(): Promise<void> {
    // Who stops it waits for nothing any more.
    this.waiting.clear()
    if (this.process.exitCode !== null || this.process.signalCode !== null) return
    const gone = once(this.process, 'exit')
    const late = setTimeout(() => this.process.kill('SIGKILL'), STOP_LIMIT)
    if (this.process.connected) this.process.disconnect()
    await gone
    clearTimeout(late)
  }

  private settle(reply: Reply): void {
    const call = this.waiting.get(reply.id)
    if (reply.error === undefined) call?.resolve(reply.result)
    else call?.reject(new Error(`${this.name}: ${reply.error}`))
  }

  private fail(error: Error): void {
    for (const call of this.waiting.values()) call.reject(error)
  }
}

/** Serves the parent's calls for as long as there is a parent. */
export function serve(calls: Calls): void {
  process.on('message', (request: Request) => {
    void answer(calls, request).then((reply) => process.send?.(reply))
  })
  process.on('disconnect', () => process.exit(0))
}

async function answer(calls: Calls, { id, name, given }: Request): Promise<Reply> {
  try {
    const call = calls[name]
    if (call === undefined) throw new Error(`there is no call "${name}"`)
    return { id, result: await call(given as never) }
  } catch (thrown) {
    return { id, error: thrown instanceof Error ? thrown.message : String(thrown) }
  }
}
