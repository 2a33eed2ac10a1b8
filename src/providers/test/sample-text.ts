import type { Random } from './random.ts';

const openings = [
  'Once',
  'Long ago',
  'One quiet morning',
  'In a year that nobody counted',
  'Before the first snow',
] as const;
const people = ['a keeper', 'an old sailor', 'two sisters', 'a patient clerk', 'a child with a lantern'] as const;
const deeds = ['followed', 'found', 'drew', 'waited for', 'listened to'] as const;
const things = [
  'a narrow road',
  'the last light',
  'a map without names',
  'the sound of water',
  'an open door',
] as const;
const turns = [
  'and nobody believed it',
  'until the wind turned',
  'as if it had always been there',
  'and it was enough',
  'but only once',
] as const;

const sentencesOfStory = 8;

/** An answer about the question that was asked; a dozen words or more. */
export function sampleAnswer(question: string, random: Random): string {
  const opening = random.pick(['You asked', 'The question was', 'I was asked']);
  return `${opening}: “${shorten(question)}” This is the test provider, which answers everybody the same, ${random.pick(turns)}.`;
}

/** A story of about a hundred words that begins with its topic. */
export function sampleStory(topic: string, random: Random): string {
  const sentences = Array.from(
    { length: sentencesOfStory },
    () =>
      `${random.pick(openings)}, ${random.pick(people)} ${random.pick(deeds)} ${random.pick(things)}, ${random.pick(turns)}.`,
  );
  return [`This is about “${shorten(topic)}”`, ...sentences, 'That is where it ends.'].join(' ');
}

function shorten(text: string): string {
  const line = text.trim().replace(/\s+/g, ' ');
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}
