import react from '@vitejs/plugin-react';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** The node that stands behind the development servers. */
const NODE = process.env['ETM_NODE'] ?? 'http://127.0.0.1:8080';

/** The policy a node serves the page with. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The development server puts styles into the page as it goes, which the page's own policy forbids. Builds keep it. */
const withoutPolicy: Plugin = {
  name: 'etm-development-without-policy',
  apply: 'serve',
  transformIndexHtml: (html) => html.replace(/<meta\s+http-equiv="Content-Security-Policy"[^>]*>/, ''),
};

/**
 * The build is static files only, with relative addresses, so that a node can
 * serve it at `/` and anyone else from any folder. Nothing is inlined: the page
 * runs under a Content-Security-Policy without 'unsafe-inline'.
 */
export default defineConfig({
  base: './',
  plugins: [react(), withoutPolicy],
  build: {
    target: 'es2022',
    chunkSizeWarningLimit: 800,
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // What almost every page wants comes in one file with the frame: a phone far away waits for round trips, not for bytes.
    rolldownOptions: {
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [{ name: 'common', minShareCount: 5 }],
        },
      },
    },
  },
  worker: { format: 'es' },
  server: { proxy: proxyTo(NODE) },
  preview: { proxy: proxyTo(NODE), headers: { 'content-security-policy': POLICY } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // One copy of Preact: what is resolved by Node's rules would bring another.
    server: {
      deps: { inline: [/node_modules\/(?:@preact|preact|react|react-dom|@tanstack|@testing-library)\//] },
    },
  },
});

function proxyTo(target: string): Record<string, { target: string }> {
  return { '/api': { target }, '/openapi.json': { target } };
}
