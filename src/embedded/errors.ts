/** The errors of the embedded database: MongoDB's own codes and names, so that a driver cannot tell the difference. */

const codeNames: Readonly<Record<number, string>> = {
  2: 'BadValue',
  9: 'FailedToParse',
  13: 'Unauthorized',
  14: 'TypeMismatch',
  15: 'Overflow',
  18: 'AuthenticationFailed',
  20: 'IllegalOperation',
  26: 'NamespaceNotFound',
  27: 'IndexNotFound',
  28: 'PathNotViable',
  40: 'ConflictingUpdateOperators',
  43: 'CursorNotFound',
  48: 'NamespaceExists',
  50: 'MaxTimeMSExpired',
  52: 'DollarPrefixedFieldName',
  53: 'InvalidIdField',
  56: 'EmptyFieldName',
  59: 'CommandNotFound',
  66: 'ImmutableField',
  67: 'CannotCreateIndex',
  72: 'InvalidOptions',
  73: 'InvalidNamespace',
  85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict',
  168: 'InvalidPipelineOperator',
  171: 'CannotIndexParallelArrays',
  197: 'InvalidIndexSpecificationOption',
  238: 'NotImplemented',
  292: 'QueryExceededMemoryLimitNoDiskUseAllowed',
  8000: 'InternalError',
  10334: 'BSONObjectTooLarge',
  11000: 'DuplicateKey',
  14031: 'OutOfDiskSpace',
};

/** An error that is answered with MongoDB's code. `details` are further fields of the answer, such as `keyValue`. */
export class DatabaseError extends Error {
  readonly code: number;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: number, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'DatabaseError';
    this.code = code;
    this.details = details;
  }
}

/** The reply of a command that failed. What is no DatabaseError is a full disk, or a fault of ours. */
export function errorReply(error: unknown): Record<string, unknown> {
  const { code, message, details } = error instanceof DatabaseError ? error : describeFault(error);
  return { ok: 0, errmsg: message, code, codeName: codeNames[code] ?? `Location${code}`, ...details };
}

function describeFault(error: unknown): DatabaseError {
  // 13 is SQLITE_FULL; 10 with these extensions is SQLITE_IOERR on write, sync and truncate.
  const code = error instanceof Error && 'errcode' in error ? Number(error.errcode) : 0;
  if ([13, 778, 1034, 1546].includes(code))
    return new DatabaseError(14031, `the disk of the data folder is full: nothing of this write is kept (${error})`);
  return new DatabaseError(8000, `embedded database: ${String(error)}`);
}
