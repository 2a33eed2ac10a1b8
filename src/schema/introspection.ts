import { NoSchemaIntrospectionCustomRule, validate } from 'graphql';
import type { Plugin } from 'graphql-yoga';

const hideSuggestions = { hideSuggestions: true };

/** Keeps the schema from being read: introspection is refused, and no error suggests a name that the caller did not write. */
export const hideSchema: Plugin = {
  onValidate({ addValidationRule, setValidationFn }) {
    addValidationRule(NoSchemaIntrospectionCustomRule);
    setValidationFn((schema, document, rules) => validate(schema, document, rules, hideSuggestions));
  },
  onExecute({ args }) {
    Object.assign(args, hideSuggestions);
  },
  onSubscribe({ args }) {
    Object.assign(args, hideSuggestions);
  },
};
