import { workerData } from 'node:worker_threads';

/**
 * Kills its process when that takes too much memory, or when nobody is left to answer to. It runs in a thread of its own,
 * because reading a file may hold the process's main thread for as long as it likes.
 */

// What `watchMemory` hands over.
const { memoryMaxBytes, parent } = workerData as { memoryMaxBytes: number; parent: number };

const everyMs = 50;

setInterval(() => {
  if (process.memoryUsage.rss() > memoryMaxBytes || process.ppid !== parent) process.kill(process.pid, 'SIGKILL');
}, everyMs);
