/** Families of models that read images, by what their names have in common, wherever they are offered. */
const families = [
  /(^|[/:.])(gpt-4o|chatgpt-4o|gpt-4\.1|gpt-4-turbo|gpt-4\.5|gpt-[5-9])/,
  /(^|[/:.])o(1|3)(-(?!mini|preview)|$)|(^|[/:.])o4-mini/,
  /claude-(?!1|2|v2|instant)/,
  /gemini-(?!.*embedding)/,
  /gemma-?3(?!.*(270m|[:-]1b))/,
  /pixtral|mistral-(small-(3\.[12]|2503|2506)|medium-(3|latest|2505|2508))/,
  /llama-?(4|3\.2-(11|90)b|3\.2-vision)|llava|moondream|minicpm-v|internvl|phi-?(3\.5-vision|4-multimodal)/,
  /[-.\d]vl([-:/]|$)|[-_]vision|nova-(lite|pro|premier)/,
];

/** Whether a model is known to read images. For vendors whose lists do not say. */
export function isImageReader(model: string): boolean {
  const name = model.toLowerCase();
  return families.some((family) => family.test(name));
}
