/** The errors of the embedded database: MongoDB's own codes and names, so that a driver cannot tell the difference. */

const codeNames = {
  2: 'BadValue',
  9: 'FailedToParse',
  11: 'UserNotFound',
  13: 'Unauthorized',
  14: 'TypeMismatch',
  15: 'Overflow',
  18: 'AuthenticationFailed',
  20: 'IllegalOperation',
  22: 'InvalidBSON',
  26: 'NamespaceNotFound',
  27: 'IndexNotFound',
  28: 'PathNotViable',
  40: 'ConflictingUpdateOperators',
  43: 'CursorNotFound',
  48: 'NamespaceExists',
  50: 'MaxTimeMSExpired',
  52: 'DollarPrefixedFieldName',
  53: 'InvalidIdField',
  54: 'NotSingleValueField',
  56: 'EmptyFieldName',
  59: 'CommandNotFound',
  66: 'ImmutableField',
  67: 'CannotCreateIndex',
  72: 'InvalidOptions',
  73: 'InvalidNamespace',
  85: 'IndexOptionsConflict',
  86: 'IndexKeySpecsConflict',
  115: 'CommandNotSupported',
  168: 'InvalidPipelineOperator',
  171: 'CannotIndexParallelArrays',
  197: 'InvalidIndexSpecificationOption',
  238: 'NotImplemented',
  263: 'OperationNotSupportedInTransaction',
  292: 'QueryExceededMemoryLimitNoDiskUseAllowed',
  8000: 'InternalError',
  10334: 'BSONObjectTooLarge',
  11000: 'DuplicateKey',
} as const;

/** An error that is answered to the client with MongoDB's code. `details` are further fields of the answer, such as `keyValue`. */
export class DatabaseError extends Error {
  readonly code: number;
  readonly codeName: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: number, message: string, details: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.name = 'DatabaseError';
    this.code = code;
    // The cast: any code may be asked for, only some have a name.
    this.codeName = (codeNames as Readonly<Record<number, string>>)[code] ?? `Location${code}`;
    this.details = details;
  }
}

/** The reply document of a command that failed. What is no DatabaseError is a fault of ours: code 8000 with its message. */
export function errorReply(error: unknown): Record<string, unknown> {
  const known = error instanceof DatabaseError ? error : new DatabaseError(8000, `embedded database: ${String(error)}`);
  return { ok: 0, errmsg: known.message, code: known.code, codeName: known.codeName, ...known.details };
}
