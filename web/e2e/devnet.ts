/** A real devnet and the page in front of it. */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createFileServer } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const BINARY = process.env['ETM_BIN'];
const WEB = resolve(import.meta.dirname, '..');

export async function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const server = createServer();
    server.on('error', failed);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      server.close(() => done(port));
    });
  });
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2000) })).ok;
  } catch {
    return false;
  }
}

async function until(what: string, condition: () => Promise<boolean>, limitMs = 240_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (Date.now() < end) {
    if (await condition()) return;
    await new Promise((next) => setTimeout(next, 500));
  }
  throw new Error(`${what}: not within ${limitMs} ms`);
}

/** Ends a process by its id and waits until it is gone. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((done) => child.once('exit', () => done()));
  child.kill(signal);
  const forced = setTimeout(() => child.kill('SIGKILL'), 15_000);
  await gone;
  clearTimeout(forced);
}

export class Devnet {
  readonly #folder = mkdtempSync(join(tmpdir(), 'etm-e2e-'));
  #node: ChildProcess | null = null;
  #page: ChildProcess | null = null;
  #port = 0;
  /** Where the page is. */
  url = '';
  /** Where the node is. */
  get node(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#port = await freePort();
    await this.startNode(true);
    const embedded = await fetch(`http://127.0.0.1:${this.#port}/`).then((answer) => answer.text());
    if (embedded === readFileSync(join(WEB, 'dist/index.html'), 'utf8')) {
      this.url = `http://127.0.0.1:${this.#port}`;
      return;
    }
    // The binary carries another build of the page, or none. Who works on the page alone may have its build put in front.
    if (process.env['ETM_PAGE_APART'] === undefined) {
      throw new Error(
        `${BINARY ?? ''} carries another build of the page: build it again, or set ETM_PAGE_APART`,
      );
    }
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    const vite = join(WEB, 'node_modules/vite/bin/vite.js');
    this.#page = spawn(
      process.execPath,
      [vite, 'preview', '--host', '127.0.0.1', '--port', String(port), '--strictPort'],
      { cwd: WEB, env: { ...process.env, ETM_NODE: `http://127.0.0.1:${this.#port}` }, stdio: 'ignore' },
    );
    await until('the page', () => answers(`${this.url}/`));
  }

  async startNode(fresh = false): Promise<void> {
    if (BINARY === undefined) throw new Error('ETM_BIN must be the path of the etm binary');
    const log = openSync(join(this.#folder, 'log'), 'a');
    const options = ['--data', join(this.#folder, 'data'), '--port', String(this.#port)];
    const shape = ['--round', '10', '--slot', '400ms', '--day', '12s'];
    const start = () =>
      spawn(resolve(BINARY), ['devnet', ...options, ...(fresh ? [...shape, '--fresh'] : [])], {
        cwd: this.#folder,
        stdio: ['ignore', log, log],
      });
    this.#node = start();
    await until('the devnet', async () => {
      // A port of the network may be taken by a stranger for a while: the node says so and ends.
      if (this.#node === null || this.#node.exitCode !== null) this.#node = start();
      return answers(`http://127.0.0.1:${this.#port}/api/v1/status`);
    }).catch((error: unknown) => {
      const said = readFileSync(join(this.#folder, 'log'), 'utf8').slice(-2000);
      throw new Error(`${String(error)}\n${said}`);
    });
  }

  async stopNode(): Promise<void> {
    if (this.#node !== null) await end(this.#node, 'SIGINT');
    this.#node = null;
  }

  /** Ends the node as a power cut does: it is given no time for anything. */
  async killNode(): Promise<void> {
    if (this.#node !== null) await end(this.#node, 'SIGKILL');
    this.#node = null;
  }

  /** Ends the node as a power cut does, and takes away where it keeps what was sent to it and waits. */
  async loseTransactions(): Promise<void> {
    await this.killNode();
    const data = join(this.#folder, 'data');
    const journals = readdirSync(data)
      .map((node) => join(data, node, 'chain/node-own'))
      .filter((journal) => existsSync(journal));
    if (journals.length === 0) throw new Error(`${data}: no node keeps what waits`);
    for (const journal of journals) rmSync(journal, { recursive: true });
  }

  async stop(): Promise<void> {
    await this.stopNode();
    if (this.#page !== null) await end(this.#page, 'SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async get<T>(path: string): Promise<T> {
    const answer = await fetch(`http://127.0.0.1:${this.#port}/api/v1/${path}`);
    if (!answer.ok) throw new Error(`${path}: HTTP ${answer.status}`);
    return (await answer.json()) as T;
  }

  until = until;
}

const KINDS: Readonly<Record<string, string>> = {
  html: 'text/html',
  js: 'text/javascript',
  css: 'text/css',
  svg: 'image/svg+xml',
};

/** The build in a folder of a plain file server that is no node. */
export async function hostElsewhere(): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = createFileServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/some\/folder\//, '').replace(/^$/, 'index.html');
    const file = join(WEB, 'dist', path);
    if (!/^[\w./-]+$/.test(path) || path.includes('..') || !existsSync(file)) {
      response.writeHead(404).end('not found');
      return;
    }
    const kind = KINDS[path.split('.').at(-1) ?? ''] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': kind }).end(readFileSync(file));
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/some/folder`,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}
