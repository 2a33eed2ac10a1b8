import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

/** What each type of value looks like in a sentence; the first group is the value. */
const months = 'january|february|march|april|may|june|july|august|september|october|november|december';
const datePattern = new RegExp(
  `(\\d{4}-\\d\\d-\\d\\d)|(\\d{1,2})\\.? (${months}) (\\d{4})|(${months}) (\\d{1,2}),? (\\d{4})`,
  'i',
);

/**
 * What a document says of each property of a schema, as somebody finds it who only compares words: the sentence that has most
 * words of the key and the question. Null for what no sentence has, and for the whole where the question has no document.
 */
export function readDocument(question: string, schema: JsonObject): JsonObject | null {
  const [, document] = /<document>\n([\s\S]*)\n<\/document>/.exec(question) ?? [];
  if (document === undefined || !isJsonObject(schema.properties)) return null;
  const sentences = document.split(/\n+|(?<=[.!?])\s+/).map((text) => ({ text, words: new Set(listWords(text)) }));
  const values = Object.entries(schema.properties).map(([key, property]): [string, JsonValue] => {
    const { description, ...type } = isJsonObject(property) ? property : {};
    const asked = new Set(listWords(`${key.replaceAll('_', ' ')} ${String(description ?? '').split('(')[0]}`));
    const ranked = sentences
      .map(({ text, words }) => ({ text, score: [...words].filter((word) => asked.has(word)).length }))
      .filter(({ score }) => score > 0)
      .sort((one, other) => other.score - one.score);
    const found = ranked.map(({ text }) => readValue(text, JSON.stringify(type))).find((value) => value !== null);
    return [key, found ?? null];
  });
  return Object.fromEntries(values);
}

/** Words that tell one sentence from another. */
function listWords(text: string): string[] {
  const common = ['what', 'which', 'where', 'when', 'null', 'document', 'does', 'does', 'this', 'that', 'with', 'from'];
  const words = text.toLowerCase().match(/\p{L}{4,}/gu) ?? [];
  return words.filter((word) => !common.includes(word));
}

/** The value of a sentence for a schema, which is told by its text; null where it has none. */
function readValue(sentence: string, type: string): JsonValue {
  if (type.includes('"date"')) return readDate(sentence);
  if (type.includes('"email"')) return /[\w.+-]+@[\w-]+\.[\w.-]*\w/.exec(sentence)?.[0] ?? null;
  if (type.includes('"array"') || type.includes('"object"')) return null;
  if (type.includes('"number"')) {
    const [number] = /\d[\d,]*(\.\d+)?/.exec(sentence) ?? [];
    return number === undefined ? null : Number(number.replaceAll(',', ''));
  }
  if (type.includes('"boolean"')) return null;
  return sentence.replace(/^[^:]{1,40}: */, '').trim();
}

function readDate(sentence: string): string | null {
  const [, iso, day, month, year, otherMonth, otherDay, otherYear] = datePattern.exec(sentence) ?? [];
  if (iso !== undefined) return iso;
  const name = (month ?? otherMonth)?.toLowerCase();
  if (name === undefined) return null;
  const number = months.split('|').indexOf(name) + 1;
  return `${year ?? otherYear}-${String(number).padStart(2, '0')}-${(day ?? otherDay ?? '').padStart(2, '0')}`;
}
