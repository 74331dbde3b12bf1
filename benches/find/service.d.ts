/** What is used of the package detypify-service, which is installed for the measurement alone. A stroke is its points, x and y each. */
export interface Service {
  Detypify: { create(): Promise<{ infer(strokes: number[][][]): Promise<number[]> }> };
  inferSyms: { char: string }[];
}
