import { connect } from './client.ts';
import { type Facet, loadPage, nothingSelected, type RunRow, type Selection } from './page.ts';
import { streamStory } from './story.ts';

// The gateway and its key come behind the #, which no server sees: #url=http://127.0.0.1:4000&key=sk-…
const settings = new URLSearchParams(location.hash.slice(1));
const client = connect({ url: settings.get('url') ?? 'http://127.0.0.1:4000', key: settings.get('key') ?? '' });

let selection: Selection = nothingSelected;
let after: string | null = null;
let asked = 0;

async function show(isMore = false): Promise<void> {
  asked += 1;
  const own = asked;
  const page = await loadPage(client, selection, isMore ? after : null);
  // Answers may overtake each other: what was asked last is shown.
  if (own !== asked) return;
  after = page.after;
  element('total').textContent = page.total === 1 ? '1 run' : `${page.total} runs`;
  const rows = page.rows.map(createRow);
  if (isMore) element('runs').append(...rows);
  else element('runs').replaceChildren(...rows);
  element('facets').replaceChildren(...page.facets.filter(({ options }) => options.length > 0).map(createFacet));
  element('more').hidden = after === null;
}

function createRow({ name, status, model, executionTimeMs, result, error }: RunRow): HTMLElement {
  const row = document.createElement('tr');
  const outcome = error?.message ?? (typeof result === 'string' ? result : JSON.stringify(result ?? ''));
  for (const text of [name, status, model, executionTimeMs == null ? '' : `${executionTimeMs} ms`, outcome]) {
    row.insertCell().textContent = text ?? '';
  }
  return row;
}

function createFacet({ name, options }: Facet): HTMLElement {
  const set = document.createElement('fieldset');
  const legend = document.createElement('legend');
  legend.textContent = name;
  set.append(legend);
  for (const { value, count, isSelected } of options) {
    const label = document.createElement('label');
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.checked = isSelected;
    box.addEventListener('change', () => {
      const others = selection[name].filter((other) => other !== value);
      selection = { ...selection, [name]: box.checked ? [...others, value] : others };
      guard(() => show());
    });
    label.append(box, ` ${value} (${count})`);
    set.append(label);
  }
  return set;
}

async function tellStory(): Promise<void> {
  const story = element('story');
  story.hidden = false;
  story.textContent = '';
  await streamStory(client, 'a lighthouse', (text) => story.append(text));
  await show();
}

function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`The page has no #${id}`);
  return found;
}

/** Says on the page what went wrong. */
function guard(action: () => Promise<void>): void {
  const problem = element('problem');
  problem.hidden = true;
  action().catch((error: Error) => {
    problem.textContent = error.message;
    problem.hidden = false;
  });
}

element('search-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const input = element('search');
  selection = { ...selection, search: input instanceof HTMLInputElement ? input.value.trim() : '' };
  guard(() => show());
});
element('more').addEventListener('click', () => guard(() => show(true)));
element('tell').addEventListener('click', () => guard(tellStory));
guard(() => show());
