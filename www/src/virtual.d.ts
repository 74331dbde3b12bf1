/** The trained network's card, as far as the page quotes it; null in a checkout that has none. */
declare module "virtual:model-card" {
  const card: {
    scores?: { official?: { trials: number; correct: number; accuracy: number; interval: [number, number] } };
  } | null;
  export default card;
}
