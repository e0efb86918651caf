import type { Pipeline } from '../definition/pipeline';

/** What a person in Temporal's Web UI wants to know of a pipeline, and its compiled form does not say. */
export interface PipelineFacts {
  readonly owners: readonly string[];
  readonly source: string;
}

export const factsOf = ({ owners, source }: Pipeline): PipelineFacts => ({ owners, source: source.describe });
