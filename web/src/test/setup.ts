import { cleanup, configure } from '@testing-library/preact';
import { afterEach } from 'vitest';

// Every wait is for a state and ends with it; the limit is for a machine that is busy with other things.
configure({ asyncUtilTimeout: 20_000 });
afterEach(cleanup);
