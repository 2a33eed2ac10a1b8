import type { FindCursor } from 'mongodb';
import { translateDriverErrors } from './driver-error.ts';

/** What a cursor finds, as it is asked for; the cursor is closed when nobody asks any more. */
export async function* readCursor<T>(cursor: FindCursor<T>): AsyncGenerator<T> {
  try {
    for (;;) {
      const document = await translateDriverErrors(cursor.next());
      if (document === null) return;
      yield document;
    }
  } finally {
    await translateDriverErrors(cursor.close());
  }
}
