import type { JsonObject } from '../../json.ts';
import type { RemoteCall } from '../remote.ts';

/** A call in Composable's words. What is null is left to it; options are what it has besides, such as its own `environment`. */
export function convertCall(call: RemoteCall): { readonly body: JsonObject; readonly warnings: readonly string[] } {
  const { id, data, model, settings, validate, resultSchema, tags, object, endUser } = call;
  const { temperature, maxTokens, topP, stop, seed, options } = settings;
  const config = {
    ...(model !== null && { model }),
    ...(temperature !== null && { temperature }),
    ...(maxTokens !== null && { max_tokens: maxTokens }),
    ...(topP !== null && { top_p: topP }),
    ...(stop !== null && { stop }),
    ...(seed !== null && { seed }),
    do_validate: validate,
    ...options,
  };
  return {
    body: {
      interaction: id,
      data,
      config,
      stream: true,
      tags,
      ...(resultSchema !== null && { result_schema: resultSchema }),
      ...(object !== null && { object }),
    },
    warnings: endUser === null ? [] : ['Composable has no end users; endUser was left out.'],
  };
}
